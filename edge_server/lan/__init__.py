"""The desk on the local network: certificates, mDNS, and devices that are paired."""
