"""The branch's own data: business records, knowledge base, embeddings, model files."""
