// Takes pictures of every screen of a real station with real conversations, dark and light: those in docs/screens.
// Usage: node shots.js FOLDER [WIDTHxHEIGHT…]
import { mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { ask as callTool } from './lib/agent.js';
import { asksForRefund, customer, hears, say } from './lib/customer.js';
import { closeBrowser, context } from './lib/browser.js';
import { card, offered, openDesk, queue, ready } from './lib/desk.js';
import { station } from './lib/station.js';
import { over } from './lib/undo.js';

const folder = process.argv[2] ?? 'screenshots';
const sizes = process.argv.slice(3);
mkdirSync(folder, { recursive: true });

const t = { name: 'shots', after: () => undefined };
const CUSTOMERS = [
  [
    'Zoë van der Berg',
    'Hello, the beanie from order 945 came torn. I want my money back please. My postcode is 1012 AB.',
    null,
  ],
  ['Saša Đorđević', 'I would like a refund for order 1044, postcode 10000. The cook set arrived damaged.', null],
  ['Márton Szűcs', 'order 991, postcode 1052: the tent leaks, it is defective. I want my money back.', null],
  [
    'Jürgen Müßig',
    'I want to return the Skar rain jacket from order 1051 and get my money back. Postcode 80331.',
    'It is too small',
  ],
  [
    'Gwenllian Rhŷs',
    'I would like my money back for the rope, order 1047. My postcode is CF10 1EP.',
    'I changed my mind',
  ],
];

/** Who asked a question, was answered, and went: the metrics count ended conversations. */
const ASKED_AND_GONE = [
  ['Noémie Le Goff', 'Which payment methods do you accept?'],
  ['Lukas Steiner', 'How long do I have to return something?'],
  ['Helmi Nieminen', 'Where is my order 1074? My postcode is 00530.'],
];

/** Agents of others: the tools of each, and what it asks for, of whose order. */
const ANA = { id: 'C-2001' };
const READ = ['get_order', { order_number: '1042' }, ANA];
const refund = { order_number: '1043', amount_minor: 6400, currency: 'EUR', reason: 'damaged' };
const AGENTS = [
  ['warehouse-planner', ['crm.get_order', 'crm.reschedule_delivery', 'crm.list_orders'], [READ]],
  [
    'night-triage',
    ['crm.get_order', 'crm.issue_refund'],
    [READ, ['issue_refund', refund, { id: 'C-2002', name: 'Wanda Hale' }]],
  ],
  ['partner-quotes', ['knowledge.search_articles', 'crm.get_order'], []],
];

/** Lets agents of others in, has them ask for something, and stops one of them, and a tool. */
async function letIn(shop) {
  const command = async (command) => {
    const answer = await shop.ask('command', { command });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.json));
  };
  for (const [agent, tools, calls] of AGENTS) {
    const token = `csa_${agent}_${'4f'.repeat(32)}`;
    const bounds = { calls_per_minute: 600, open_calls: 200, wait_seconds: 1 };
    const expires = new Date(Date.now() + 90 * 86_400_000).toISOString().replace('Z', '000Z');
    const grant = { tools, word: 'verified', expires, ...bounds };
    const digest = createHash('sha256').update(token).digest('hex');
    const request = { change: 'grant_agent', agent, from: null, grant, token: digest };
    await command({ command: 'propose_change', request, why: null });
    for (const [name, wanted, customer] of calls) {
      const _meta = { 'countersign/customer': customer };
      await callTool(shop, token, 'tools/call', { name, arguments: wanted, _meta });
    }
  }
  await command({ command: 'stop', part: { part: 'agent', name: 'partner-quotes' } });
  await command({ command: 'stop', part: { part: 'tool', name: 'crm.book_delivery' } });
}

async function ask(shop, name, words, reason) {
  const page = await customer(t, shop, name);
  await say(page, words);
  if (reason !== null) {
    await hears(page, /reason|article/);
    await say(page, reason);
  }
  await page
    .locator('li.said.agent')
    .filter({ hasText: /A colleague is checking the refund|on its way|article|reason/ })
    .first()
    .waitFor();
  return page;
}
const open = async (desk, name) => {
  await queue(desk).getByRole('option', { name }).click();
  await card(desk).getByRole('heading', { level: 2 }).waitFor();
};
const approve = async (desk) => {
  await ready(desk);
  await desk.keyboard.press('a');
  await desk.keyboard.press('Shift+A');
  await card(desk).getByText('signed by the station', { exact: false }).waitFor();
};

/** Where a picture says that the data lie: where an installed station has them, and no folder of this machine. */
const SHOWN = '/home/marta/.local/share/countersign-sample-shop';

/** From now on the pages of this context are told of that folder. */
async function tellOfNoMachine(made, shop) {
  await made.route(/\/api\/(query|command)$/, async (route) => {
    try {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replaceAll(shop.folder, SHOWN) });
    } catch {
      // The page was left meanwhile.
    }
  });
}

/** Goes to a place by its keys. */
async function go(desk, letter, title) {
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('g');
  await desk.keyboard.press(letter);
  await desk.getByRole('heading', { level: 1, name: title }).waitFor();
}
const options = (width, height, colorScheme) => ({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });

/** What stands before anybody has signed in, of a station that nobody has set up yet. */
async function beginning(shop, shot, look) {
  const made = await context(t, look);
  await tellOfNoMachine(made, shop);
  const page = await made.newPage();
  await page.goto(`${shop.desk}/#token=${shop.token}`);
  await page.getByRole('heading', { name: 'Who countersigns here first?' }).waitFor();
  await shot(page, 'set-up');
  await page.context().close();
}

/** Every screen of the desk, as one person at one size sees it. */
async function desks(shop, shot, look) {
  const desk = await openDesk(t, shop, look);
  await tellOfNoMachine(desk.context(), shop);
  await desk.reload();
  const take = (name) => shot(desk, name);
  await desk.evaluate(() => document.fonts.ready);
  await open(desk, /Ana\sRuiz/);
  await take('approvals');
  await card(desk)
    .getByRole('group', { name: /Refund €129\.00/ })
    .evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await ready(desk);
  await desk.keyboard.press('a');
  await take('confirm');
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('o');
  await desk.keyboard.type('89.00');
  await desk.getByLabel(/Why, for the agent/).fill('The buckle is a spare part; the rest of the rucksack is fine.');
  await desk
    .getByRole('button', { name: /Sign override, €89\.00/ })
    .and(desk.locator('[aria-disabled=false]'))
    .waitFor();
  await take('override');
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('r');
  await desk.keyboard.type('Offer the repair first.');
  await take('reject');
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('e');
  await desk.keyboard.type('She has written three times. Somebody should call her.');
  await take('escalate');
  await desk.keyboard.press('Escape');
  await open(desk, /Szűcs/);
  await take('two-people');
  await queue(desk).getByRole('option', { name: /Saša/ }).click();
  await card(desk).getByText('signed by the station', { exact: false }).waitFor();
  await take('decided');
  await desk.keyboard.press('Control+.');
  await desk.getByRole('dialog').waitFor();
  await take('stop');

  await go(desk, 'f', 'Floor');
  await desk.getByRole('option', { name: /Ana\sRuiz/ }).click();
  const transcript = desk.getByRole('region', { name: 'Transcript' });
  await transcript.getByText('A colleague is checking', { exact: false }).first().waitFor();
  await take('floor');
  await desk.getByRole('option', { name: /Siobhán/ }).click();
  await desk.getByRole('textbox', { name: 'Reply to the customer' }).waitFor();
  await take('floor-with-the-word');
  await desk.locator('h1').click();
  await desk.keyboard.press('u');
  const tool = desk.getByRole('dialog', { name: 'Use a tool' }).getByRole('combobox', { name: 'Tool' });
  await tool.and(desk.locator(':focus')).waitFor();
  await desk.keyboard.type('Issue a refund');
  await desk.keyboard.press('Tab');
  await take('use-a-tool');
  await desk.keyboard.press('Escape');
  await go(desk, 'e', 'Escalations');
  await desk.getByRole('option').first().click();
  await take('escalations');

  await go(desk, 't', 'Audit');
  await desk.getByRole('searchbox', { name: 'Search the trail' }).fill('decision:approve');
  await desk.getByText(/^1 found/).waitFor();
  await take('audit');
  await desk.keyboard.press('Enter');
  await desk.getByRole('region', { name: 'Replay' }).waitFor();
  await desk.getByRole('heading', { name: /^What Marta Lindqvist saw/ }).waitFor();
  await take('audit-what-was-seen');
  await desk.keyboard.press('Escape');
  await go(desk, 'm', 'Metrics');
  await desk.getByRole('heading', { level: 2 }).first().waitFor();
  await take('metrics');

  await go(desk, 'n', 'Agents');
  await desk.getByRole('button', { name: /^warehouse-planner/ }).waitFor();
  await take('agents');
  await desk.getByRole('button', { name: 'Connect an agent' }).click();
  await desk.getByLabel('Name, as it stands in the trail').fill('invoice-clerk');
  await take('agents-connecting');
  await desk.keyboard.press('Escape');

  await go(desk, 's', 'Settings');
  for (const page of ['People', 'Tools', 'Policies', 'Channels', 'Limits', 'Appearance']) {
    await desk.getByRole('tab', { name: page }).click();
    await desk.getByRole('tabpanel').waitFor();
    await desk.locator('.wait').waitFor({ state: 'detached' });
    const rows = desk.getByRole('tabpanel').getByRole('option');
    if ((await rows.count()) > 0) await rows.first().click();
    await take(`settings-${page.toLowerCase()}`);
  }
  await desk.keyboard.press('Control+k');
  await desk.getByRole('dialog').getByRole('combobox').waitFor();
  await desk.keyboard.type('1042');
  await take('palette');
  await desk.keyboard.press('Escape');
  await desk.keyboard.press('Control+Shift+L');
  await desk.getByRole('heading', { name: 'Who is signing?' }).waitFor();
  await take('sign-in');
  await desk.context().close();
}

try {
  const wanted = (sizes.length > 0 ? sizes : ['1440x900']).map((size) => size.split('x').map(Number));
  const looks = wanted.flatMap((size) => ['dark', 'light'].map((theme) => [...size, theme]));
  const single = wanted.length === 1;
  const shotFor =
    ([width, , theme]) =>
    (page, name) =>
      page.screenshot({ path: `${folder}/${name}-${single ? '' : `${width}-`}${theme}.png` });
  const shop = await station(t, { gateway: true });
  for (const look of looks) await beginning(shop, shotFor(look), options(...look));
  await shop.setUp();
  for (const [name, words, reason] of CUSTOMERS.slice(0, 2)) await ask(shop, name, words, reason);
  const first = await openDesk(t, shop);
  await open(first, /Saša/);
  await approve(first);
  for (const [name, words, reason] of CUSTOMERS.slice(2)) await ask(shop, name, words, reason);
  const ana = await customer(t, shop, 'Ana Ruiz');
  await asksForRefund(ana);
  for (const [name, words] of ASKED_AND_GONE) {
    const page = await customer(t, shop, name);
    await say(page, words);
    await page.locator('li.said.agent').first().waitFor();
    await page.getByRole('button', { name: 'End conversation' }).click();
    await page.getByText('This conversation has ended.', { exact: false }).waitFor();
    await page.context().close();
  }
  await letIn(shop);
  const person = await customer(t, shop, 'Siobhán Ní Bhriain');
  await person.getByRole('button', { name: 'Ask for a person' }).click();
  await hears(person, 'noted for a colleague');
  await go(first, 'e', 'Escalations');
  await first.getByRole('option', { name: /Siobhán/ }).click();
  await offered(first, /^Take over/).waitFor();
  await first.keyboard.press('t');
  await first.getByRole('textbox', { name: 'Reply to the customer' }).fill('Marta here. What can I do for you?');
  await first.keyboard.press('Control+Enter');
  await person.locator('li.said.person').first().waitFor();
  for (const look of looks) {
    await ana.emulateMedia({ colorScheme: look[2] });
    await shotFor(look)(ana, 'customer');
    // Every desk is one sign-in of one person, and the last picture ends it.
    await shop.signIn();
    await desks(shop, shotFor(look), options(...look));
  }
} finally {
  await over(t);
  await closeBrowser();
}
