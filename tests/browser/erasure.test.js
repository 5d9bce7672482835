// One customer erased by two people at two desks: a hold blocks it, a second person confirms it, every screen says so.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { refused } from './lib/browser.js';
import { asksForRefund, customer } from './lib/customer.js';
import { button, card, openDesk, queue, toFloor } from './lib/desk.js';
import { enrol } from './lib/people.js';
import { station } from './lib/station.js';

const COMPLIANCE = 'Hélène Dubois';
/** What only the erased customer said or is. */
const WORDS = /Ana\s?Ruiz|rucksack|hip buckle|46001|1042/;

const keeping = (desk) => desk.getByRole('region', { name: 'Keeping and erasing' });
const dialog = (desk, name) => desk.getByRole('dialog', { name });

/** Opens a form by the keyboard, gives the reason, and signs first. */
async function propose(desk, opener, title, why) {
  await keeping(desk).getByRole('button', { name: opener }).press('Enter');
  await sign(desk, title, why);
}
async function sign(desk, title, why) {
  await dialog(desk, title).getByLabel(/^Why/).fill(why);
  await desk.keyboard.press('Control+Enter');
  await dialog(desk, title).waitFor({ state: 'detached' });
}
/** The second person signs what waits. */
async function countersign(desk, title) {
  const change = desk.getByRole('article').filter({ hasText: title });
  await change.getByRole('button', { name: 'Sign this change' }).click();
  await change.waitFor({ state: 'detached' });
}

test('two people erase a customer: a hold blocks it, the certificate is saved, and no screen keeps a word', async (t) => {
  const shop = await (await station(t)).setUp();
  const bearer = await enrol(shop, COMPLIANCE, ['compliance']);
  const ana = await customer(t, shop);
  await asksForRefund(ana);

  const helene = await openDesk(t, { desk: shop.desk, bearer }, { expected: [refused(410)], acceptDownloads: true });
  const marta = await openDesk(t, shop, { expected: [refused(410)] });
  await toFloor(helene);
  await helene.getByRole('option', { name: /Ana\sRuiz/ }).click();
  await keeping(helene).getByText('No legal hold, nothing erased.').waitFor();
  await queue(marta)
    .getByRole('option', { name: /Ana\sRuiz/ })
    .click();
  await card(marta)
    .getByRole('heading', { name: /Refund €129\.00/ })
    .waitFor();
  assert.equal(await keeping(marta).count(), 0, 'who may not propose it is not offered it');

  await propose(helene, 'Place a legal hold…', /^Legal hold on Ana\sRuiz/, 'Letter of the court, 12 November.');
  await keeping(helene).getByText('Legal hold proposed.').waitFor();
  await marta.keyboard.press('g');
  await marta.keyboard.press('s');
  await countersign(marta, 'A legal hold on a customer');
  await keeping(helene)
    .getByText(/^Legal hold since/)
    .waitFor();

  // Under the hold there is nothing to propose but to lift it.
  await keeping(helene).getByRole('button', { name: 'Erase this customer…' }).press('Enter');
  await dialog(helene, /^Erase Ana\sRuiz/)
    .getByText('Nothing of theirs can be erased until it is lifted.')
    .waitFor();
  await dialog(helene, /^Erase Ana\sRuiz/)
    .getByRole('button', { name: 'Lift the hold…' })
    .press('Enter');
  await sign(helene, /^Lift the hold on Ana\sRuiz/, 'The case is closed.');
  await countersign(marta, 'A legal hold is lifted');
  await keeping(helene).getByText('No legal hold, nothing erased.').waitFor();

  await keeping(helene).getByRole('button', { name: 'Erase this customer…' }).press('Enter');
  const erase = dialog(helene, /^Erase Ana\sRuiz/);
  await erase.getByText('Every word of 1 conversation', { exact: false }).waitFor();
  await erase.getByText('Refund €129.00, order 1042: taken back, nobody has started it.').waitFor();
  await erase.getByText('What remains, and until when').waitFor();
  await erase.getByText('an administrator or supervisor, not you').waitFor();
  await helene.keyboard.press('Control+Enter');
  await erase.getByText('A reason is needed', { exact: false }).waitFor();
  await sign(helene, /^Erase Ana\sRuiz/, 'By her letter of 14 November.');
  await keeping(helene).getByText('Erasure proposed.').waitFor();

  // Whoever signs second sees whom it is about and what it would do.
  const change = marta.getByRole('article').filter({ hasText: 'A customer is erased' });
  await change.getByText(/^Ana\sRuiz \(/).waitFor();
  await change.getByRole('button', { name: 'What it would do' }).click();
  await dialog(marta, 'What this erasure would do').getByText('Destroyed for good').waitFor();
  await marta.keyboard.press('Escape');
  await countersign(marta, 'A customer is erased');

  await keeping(helene)
    .getByText(/^Erased /)
    .first()
    .waitFor();
  await helene.getByRole('option', { name: /Erased customer/ }).waitFor();
  await helene.getByText('This customer is erased.').waitFor();
  await keeping(helene).getByRole('button', { name: 'Certificate…' }).press('Enter');
  const saved = helene.waitForEvent('download');
  await dialog(helene, 'Certificate of erasure').getByRole('button', { name: 'Save as a file' }).click();
  const file = await saved;
  assert.match(file.suggestedFilename(), /^erasure-[0-9a-f]{12}\.txt$/);
  const words = await readFile(await file.path(), 'utf8');
  assert.match(words, /^CERTIFICATE OF ERASURE/);
  assert.match(words, /1 key of 1 conversation/);
  assert.doesNotMatch(words, WORDS);
  await helene.keyboard.press('Escape');
  assert.doesNotMatch(await helene.locator('body').innerText(), WORDS, 'the Floor');

  // The queue and the card; and the customer is told that it has ended.
  await marta.keyboard.press('g');
  await marta.keyboard.press('a');
  await queue(marta)
    .getByRole('option', { name: /Erased customer/ })
    .click();
  await marta.getByText('What this card showed is gone for good', { exact: false }).waitFor();
  assert.doesNotMatch(await marta.locator('body').innerText(), WORDS, 'Approvals');
  await button(marta, 'Certificate…').waitFor();
  await ana.getByLabel('Write a message').waitFor({ state: 'hidden' });
});
