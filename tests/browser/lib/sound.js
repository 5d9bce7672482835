// Whether a page or a frame can be used by everybody: axe's rules, and no line wider than the window.
import assert from 'node:assert/strict';
import axe from 'axe-core';

/** Fails on any serious or critical finding, naming the rule and the element. */
export async function sound(page, screen) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
  assert.deepEqual(found, [], screen);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${screen}: ${wide} px wider than the window`);
}
