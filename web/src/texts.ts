/** Every word that the page shows, in one place. A translation is another object of this shape. */
import { english } from "./texts.en";

export type Texts = typeof english;
export const texts: Texts = english;
export const LOCALE = "en-US";
