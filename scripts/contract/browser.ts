/** A browser for tests: Chromium from its npm package on x86-64 Linux, elsewhere the one that `CHROME_PATH` names. */

import chromium from "@sparticuz/chromium";
import puppeteer, { type Browser } from "puppeteer-core";

const hasPackage = process.platform === "linux" && process.arch === "x64";

/** Why there is no browser; undefined if there is one. */
export const missing =
  hasPackage || process.env.CHROME_PATH
    ? undefined
    : "NO BROWSER: on this platform, set CHROME_PATH to the program of an installed Chrome or Chromium";

if (missing && process.env.CI) {
  throw new Error(missing);
}

export async function launch(): Promise<Browser> {
  if (process.env.CHROME_PATH) {
    return puppeteer.launch({ executablePath: process.env.CHROME_PATH, headless: true });
  }
  // The sandbox needs a kernel feature that containers often lack. Only this repository's pages are opened.
  return puppeteer.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, "--no-sandbox"],
    headless: "shell",
  });
}
