// One browser for a test file, and pages that complain: a console error, a page error or a breach of the content
// security policy fails the test in which it happened.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { undo } from './undo.js';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Locators wait this long for what they name, in milliseconds. */
export const PATIENCE = 30_000;

let launched = null;

function browser() {
  launched ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
  return launched;
}

/** Ends the browser, if one was started. */
export async function closeBrowser() {
  await (await launched)?.close();
}

after(closeBrowser);

/** A context of its own: nothing is shared with any other page of the test. `expected` names errors that belong to it. */
export async function context(t, options = {}) {
  const { expected = [], ...rest } = options;
  const made = await (await browser()).newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', ...rest });
  made.setDefaultTimeout(PATIENCE);
  const complaints = [];
  const note = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  made.on('console', (message) => message.type() === 'error' && note(message.text()));
  made.on('weberror', (error) => note(String(error.error())));
  undo(t, async () => {
    await picture(t, made);
    await made.close();
    assert.deepEqual(complaints, [], 'the console stays silent: no error, no breach of the content security policy');
  });
  return made;
}

/** What Chromium writes on the console for an answer that is not 2xx: expected where a test provokes one. */
export const refused = (status) => new RegExp(`status of ${status}`);
/** What it writes when nothing answers, or an answer ends before its time. */
export const cut = /net::ERR_/;

/** Where COUNTERSIGN_PICTURES names a folder, every page of a finished test leaves its picture there, for whoever looks why it failed. */
async function picture(t, made) {
  const folder = process.env.COUNTERSIGN_PICTURES;
  if (folder === undefined) return;
  for (const [index, page] of made.pages().entries()) {
    const name = t.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
    const path = `${folder}/${name}-${new URL(page.url()).port}-${index}.png`;
    await page.screenshot({ path }).catch(() => undefined);
  }
}
