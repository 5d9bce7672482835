// Takes pictures of every screen and state into a folder, to hold beside the look. Usage: node dev/shots.js FOLDER [name…]
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createStation } from './station.js';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const folder = process.argv[2] ?? 'shots';
const only = process.argv.slice(3);
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

const signIn = async (page) => {
  await page.locator('input[type=password]').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await page.locator('nav').waitFor();
};
const settle = async (page) => {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(350);
};
const overriding = async (page) => {
  await page.getByText('Refund €129.00').first().click();
  await page.locator('h2.headline').waitFor();
  await page.keyboard.press('o');
  await page.locator('[id="override-amount"]').fill('89.00');
  await page.locator('[id="override-reason"]').selectOption({ label: 'Broke in use' });
};
/** To a screen by its key, and there to whatever is called so. */
const go = async (page, key, name = null) => {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
  if (name !== null) await page.getByText(name).first().click();
};
/** To a conversation, and takes it over. */
const take = async (page, key, name) => {
  await go(page, key, name);
  await page.getByRole('button', { name: /^Take over/ }).waitFor();
  await page.keyboard.press('t');
};
const toPeople = async (page, name = null) => {
  await page.getByRole('button', { name: /^Settings/ }).click();
  await page.getByRole('listbox', { name: 'People' }).waitFor();
  if (name !== null) await page.getByRole('option', { name }).click();
};
const toCustomer = async (page, name) => {
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.getByText(name).first().click();
  if (page.viewportSize().width < 1100) await page.keyboard.press('Control+i');
  await page.getByRole('region', { name: 'Keeping and erasing' }).waitFor();
};
const toAudit = async (page, text) => {
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.getByRole('searchbox').fill(text);
};
const toMetrics = async (page) => {
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('heading', { name: 'Metrics' }).waitFor();
};
const pick = async (page, text) => {
  await page.getByText(text).first().click();
  await page.locator('h2.headline').waitFor();
};

/** Chooses the vouchers, by their keys. */
const chooses = async (page, names) => {
  for (const name of names) {
    await page.getByRole('option', { name }).click();
    await page.keyboard.press(' ');
  }
};
const VOUCHERS = [/Nguyễn/, /Wolfgang/, /Þorbjörg/, /Ifeoma/];
/** Opens them together and looks at each. */
const reviews = async (page, names) => {
  await chooses(page, names);
  await page.keyboard.press('Shift+Enter');
  await page
    .locator('article')
    .nth(names.length - 1)
    .getByText('What will be sent')
    .waitFor();
  for (let at = 0; at < names.length; at += 1) {
    await page
      .locator('article')
      .nth(at)
      .evaluate((one) => one.scrollIntoView({ block: 'start' }));
    await page.waitForTimeout(1800);
  }
};

const shots = {
  'set-up': { stage: 'set_up', run: async (page) => page.locator('input').first().fill('Marta Lindqvist') },
  'set-up-wrong': {
    stage: 'set_up',
    run: async (page) => {
      await page.locator('input').first().fill('Marta');
      await page.locator('input[type=password]').first().fill('short');
      await page.keyboard.press('Enter');
    },
  },
  'set-up-two': {
    stage: 'set_up',
    run: async (page) => {
      await page.locator('input').first().fill('Marta Lindqvist');
      await page.getByText('Two of us').click();
    },
  },
  recovery: {
    stage: 'set_up',
    run: async (page) => {
      await page.getByLabel('Name').fill('Marta Lindqvist');
      await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
      await page.getByLabel('Password, once more').fill('correct horse battery');
      await page.getByLabel('One-time token').fill('first-run');
      await page.keyboard.press('Enter');
      await page.getByText('Write this down now').waitFor();
    },
  },
  'people-alone': { desk: true, run: (page) => toPeople(page) },
  people: {
    desk: true,
    session: { one_person_mode: false, changes_to_sign: 1 },
    run: (page) => toPeople(page, 'Tomasz Wieczorek'),
  },
  'people-left': { desk: true, session: { one_person_mode: false }, run: (page) => toPeople(page, 'Pavel Dvořák') },
  'people-add': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page);
      await page.getByRole('button', { name: 'Add person' }).click();
      await page.getByRole('checkbox', { name: /^Supervisor/ }).check();
      await page.getByText('A limit for each currency').click();
      await page.keyboard.press('Control+Enter');
    },
  },
  'people-roles': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page, 'Tomasz Wieczorek');
      await page.getByRole('button', { name: 'Change…' }).first().click();
    },
  },
  'people-refuse': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page);
      await page.getByRole('button', { name: 'Refuse…' }).first().click();
    },
  },
  'sign-in': {},
  'sign-in-wrong': {
    run: async (page) => {
      await page.locator('input[type=password]').fill('nope');
      await page.keyboard.press('Enter');
      await page.locator('.wrong').waitFor();
    },
  },
  approvals: { desk: true, run: (page) => pick(page, 'Refund €129.00') },
  chosen: { desk: true, run: (page) => chooses(page, VOUCHERS) },
  'chosen-review': {
    desk: true,
    run: async (page) => {
      await reviews(page, VOUCHERS);
      await page.keyboard.press('k');
      await page.keyboard.press('k');
    },
  },
  'chosen-reject': {
    desk: true,
    run: async (page) => {
      await reviews(page, VOUCHERS.slice(0, 2));
      await page.keyboard.press('r');
    },
  },
  'chosen-partly': {
    desk: true,
    run: async (page, station) => {
      await reviews(page, VOUCHERS);
      // Nobody is told of it: the station finds it when it is signed.
      station.all.get('act_40').version += 1;
      await page.keyboard.press('a');
      await page
        .getByText(/approved\.$/)
        .first()
        .waitFor();
    },
  },
  undo: { desk: true, run: (page) => pick(page, 'Cancel order') },
  snooze: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €612.00');
      await page.keyboard.press('z');
      await page.getByRole('dialog').waitFor();
    },
  },
  delegate: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €612.00');
      await page.keyboard.press('d');
      await page.getByRole('dialog').waitFor();
    },
  },
  aside: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €612.00');
      await page.keyboard.press('z');
      await page.keyboard.press('1');
      await page.getByText('Snoozed until').waitFor();
      await pick(page, 'Refund €129.00');
      await page.keyboard.press('d');
      await page.keyboard.press('2');
      await page.getByText('is to decide this').waitFor();
    },
  },
  soon: { desk: true, run: (page) => pick(page, 'Kwame Boateng') },
  nested: { desk: true, run: (page) => pick(page, 'Change address') },
  'two-people': { desk: true, run: (page) => pick(page, 'Refund €612.00') },
  confirm: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €129.00');
      await page.waitForTimeout(300);
      await page.keyboard.press('a');
    },
  },
  'step-up': {
    desk: true,
    run: async (page) => {
      await pick(page, 'Change address');
      await page.getByRole('group', { name: /Change address/ }).evaluate((pane) => pane.scrollTo(0, pane.scrollHeight));
      await page.waitForTimeout(1800);
      await page.keyboard.press('a');
      await page.locator('dialog[open]').waitFor();
    },
  },
  override: {
    desk: true,
    run: async (page) => {
      await overriding(page);
      await page
        .locator('textarea')
        .fill(
          '€40.00 goodwill was already paid for this buckle at 14:29. Refund the rest of the rucksack, not the full price.',
        );
      await page.locator('[id="override-amount"]').focus();
    },
  },
  'override-wrong': {
    desk: true,
    run: async (page) => {
      await overriding(page);
      await page.locator('[id="override-amount"]').fill('180');
      await page.waitForTimeout(200);
      await page.keyboard.press('Tab');
    },
  },
  reject: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €129.00');
      await page.keyboard.press('r');
      await page.locator('textarea').fill('Offer the repair first: the buckle is a spare part.');
    },
  },
  signed: {
    desk: true,
    run: async (page) => {
      await overriding(page);
      await page.locator('textarea').fill('Part was paid.');
      await page.waitForTimeout(150);
      await page.keyboard.press('Control+Enter');
      await page.locator('.signature').waitFor();
    },
  },
  unknown: { desk: true, run: (page) => pick(page, 'Ngozi Adeyemi') },
  'unknown-proposed': {
    desk: true,
    session: { settling: { how: 'did_not_happen', by: 'Tomasz Wieczorek' } },
    run: (page) => pick(page, 'Ngozi Adeyemi'),
  },
  settle: {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await pick(page, 'Ngozi Adeyemi');
      await page.getByRole('button', { name: 'It did not happen…' }).click();
      await page.keyboard.press('Control+Enter');
    },
  },
  'settle-sign': {
    desk: true,
    session: { one_person_mode: false, changes_to_sign: 3 },
    run: async (page) => {
      await toPeople(page);
      await page.getByText('What became of it').scrollIntoViewIfNeeded();
    },
  },
  overridden: { desk: true, run: (page) => pick(page, 'Zofia Wójcik') },
  changed: {
    desk: true,
    run: async (page, station) => {
      await pick(page, 'Refund €129.00');
      await page.waitForTimeout(200);
      station.change('act_1');
    },
  },
  erased: {
    desk: true,
    run: async (page) => {
      await page.getByText('Refund €42.00').first().click();
      await page.locator('.erased').waitFor();
    },
  },
  'floor-erased': {
    desk: true,
    run: async (page) => {
      await go(page, 'f', 'Erased customer');
      await page.locator('.gone').waitFor();
    },
  },
  'erase-floor': {
    desk: true,
    session: { one_person_mode: false },
    run: (page) => toCustomer(page, 'Ana Ruiz'),
  },
  'erase-dialog': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toCustomer(page, 'Ana Ruiz');
      await page.getByRole('button', { name: 'Erase this customer…' }).click();
      await page.getByText('Destroyed for good').waitFor();
    },
  },
  'erase-wrong': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toCustomer(page, 'Ana Ruiz');
      await page.getByRole('button', { name: 'Erase this customer…' }).click();
      await page.getByText('Destroyed for good').waitFor();
      await page.keyboard.press('Control+Enter');
    },
  },
  'erase-held': {
    desk: true,
    run: async (page) => {
      await toCustomer(page, 'Søren Østergaard');
      await page.getByRole('button', { name: 'Erase this customer…' }).click();
    },
  },
  'hold-place': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toCustomer(page, 'Ana Ruiz');
      await page.getByRole('button', { name: 'Place a legal hold…' }).click();
    },
  },
  'find-customer': {
    desk: true,
    run: async (page) => {
      await toPeople(page);
      await page.getByRole('button', { name: 'Find a customer…' }).click();
      await page.keyboard.type('C-2001');
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'Keeping and erasing' }).waitFor();
    },
  },
  'erase-waits': { desk: true, run: (page) => toCustomer(page, 'Ngozi Adeyemi') },
  certificate: {
    desk: true,
    run: async (page) => {
      await toCustomer(page, 'Erased customer');
      await page.getByRole('button', { name: 'Certificate…' }).click();
      await page.getByRole('button', { name: 'Save as a file' }).click();
    },
  },
  'erase-sign': {
    desk: true,
    session: { one_person_mode: false, changes_to_sign: 2 },
    run: (page) => toPeople(page),
  },
  empty: { desk: true, empty: true, run: (page) => page.getByText('Nothing waits').waitFor() },
  lost: {
    desk: true,
    run: async (page, station) => {
      await pick(page, 'Refund €129.00');
      await station.close();
    },
  },
  stopped: {
    desk: true,
    run: async (page, station) => {
      await pick(page, 'Refund €129.00');
      station.setSession({
        stopped: { at: new Date().toISOString(), by: 'Marta Lindqvist' },
        policy_problem: 'refunds.cedar:14: unexpected token `)`',
        machine_problem:
          "Less than 200 MB are free on the station's disk: no approved action starts and no conversation begins, so that what is running can still be recorded. Free some room; it goes on by itself.",
      });
    },
  },
  clock: {
    desk: true,
    run: async (page, station) => {
      await pick(page, 'Refund €129.00');
      station.setSession({
        machine_problem:
          "The station's clock went back by 3 h. Deadlines are points in time and were not moved, so held actions wait that much longer. If nobody set it on purpose, check the machine's time.",
      });
    },
  },
  'people-remove': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page, 'Tomasz Wieczorek');
      await page.getByRole('button', { name: 'Remove…' }).click();
    },
  },
  'people-password': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page, 'Tomasz Wieczorek');
      await page.getByRole('button', { name: 'New password…' }).click();
    },
  },
  'people-limits': {
    desk: true,
    session: { one_person_mode: false },
    run: async (page) => {
      await toPeople(page, 'Tomasz Wieczorek');
      await page.getByRole('button', { name: 'Change…' }).nth(1).click();
    },
  },
  'stop-dialog': { desk: true, run: (page) => page.keyboard.press('Control+.') },
  alerts: {
    desk: true,
    run: (page) => page.getByRole('button', { name: 'Sounds and notices' }).click(),
  },
  floor: {
    desk: true,
    run: async (page) => {
      await go(page, 'f', 'Ana Ruiz');
      await page.locator('ol').waitFor();
    },
  },
  whisper: {
    desk: true,
    run: async (page) => {
      await go(page, 'f', 'Ana Ruiz');
      await page.locator('ol').waitFor();
      await page.keyboard.press('w');
      await page.keyboard.type('Book a delivery for the repaired rucksack as well.');
      await page.getByText('It would go on with').waitFor();
    },
  },
  'floor-taken': {
    desk: true,
    run: async (page) => {
      await take(page, 'f', 'Chiara Bianchi');
      await page.getByRole('textbox').fill('Marta here, a person. I look into where your parcel is.');
    },
  },
  escalations: {
    desk: true,
    run: async (page) => {
      await go(page, 'e', 'Fatima el-Amrani');
      await page.locator('ol').waitFor();
    },
  },
  'escalations-mine': {
    desk: true,
    run: async (page) => {
      await take(page, 'e', 'Olena Kovalenko');
      if (page.viewportSize().width < 1100) {
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+i');
      }
      await page.getByRole('textbox', { name: 'What did you promise?' }).fill('Poles reach Bremen on Thursday.');
    },
  },
  resolve: {
    desk: true,
    run: async (page) => {
      await take(page, 'e', 'Olena Kovalenko');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Resolve/ }).click();
      await page.getByRole('radio', { name: 'Solved' }).check();
      await page.getByRole('textbox', { name: 'Note' }).fill('A new set of poles left Porto tonight.');
    },
  },
  'floor-closed': {
    desk: true,
    run: async (page) => {
      await go(page, 'f', 'Hanna Virtanen');
      await page.getByText('Resolved').waitFor();
    },
  },
  'escalations-lost': {
    desk: true,
    run: async (page, station) => {
      await go(page, 'e', 'Fatima el-Amrani');
      await page.locator('ol').waitFor();
      await station.close();
      await page.getByText('lost its station').waitFor();
    },
  },
  'escalations-empty': {
    desk: true,
    empty: true,
    run: async (page) => {
      await go(page, 'e');
      await page.getByText('Nobody waits for a person').waitFor();
    },
  },
  audit: {
    desk: true,
    run: async (page) => {
      await toAudit(page, 'order:1042');
      await page.getByRole('option', { name: /Refund €129.00 to €89.00/ }).click();
      if (page.viewportSize().width < 1100) await page.keyboard.press('Control+i');
      await page.getByRole('heading', { name: /What Marta Lindqvist saw/ }).waitFor();
    },
  },
  'audit-side': {
    desk: true,
    run: async (page) => {
      await toAudit(page, '');
      await page.getByRole('option', { name: /Thank you. A colleague/ }).click();
      await page.keyboard.press('Control+i');
    },
  },
  'audit-broken': {
    desk: true,
    session: {
      verification: {
        running: false,
        records: 18_180,
        at: new Date().toISOString(),
        proved: [],
        wrong: {
          position: 18_190,
          until: null,
          what: 'its bytes do not have the hash that the tree holds for it',
          found: new Date().toISOString(),
          looked: new Date().toISOString(),
        },
        unreadable: null,
      },
    },
    run: async (page) => {
      await toAudit(page, '');
      await page.getByRole('option', { name: /how long until the money/ }).click();
    },
  },
  'audit-nothing': {
    desk: true,
    run: async (page) => {
      await toAudit(page, 'order:1042 person:tomasz headlamp');
      await page.getByText('Nothing has this in one record').waitFor();
    },
  },
  'audit-wrong': { desk: true, run: (page) => toAudit(page, 'refund amount>lots') },
  'audit-empty': { desk: true, empty: true, run: (page) => toAudit(page, '') },
  metrics: {
    desk: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByRole('region', { name: 'Resolution rate' }).waitFor();
    },
  },
  'metrics-month': {
    desk: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByLabel('Period').selectOption('month');
      await page.getByRole('region', { name: 'Resolution rate' }).waitFor();
    },
  },
  'metrics-dates': {
    desk: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByLabel('Period').selectOption('dates');
      await page.getByLabel('From').fill('2020-01-01');
    },
  },
  'metrics-table': {
    desk: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByRole('region', { name: 'Resolution rate' }).waitFor();
      await page.keyboard.press('v');
    },
  },
  'metrics-list': {
    desk: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByRole('button', { name: /^Customer satisfaction/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('option', { name: /Ngozi/ }).waitFor();
    },
  },
  'metrics-empty': {
    desk: true,
    empty: true,
    run: async (page) => {
      await toMetrics(page);
      await page.getByText('No conversation ended').first().waitFor();
    },
  },
  'metrics-lost': {
    desk: true,
    run: async (page, station) => {
      await toMetrics(page);
      await page.getByRole('region', { name: 'Resolution rate' }).waitFor();
      await station.close();
      await page.getByText('lost its station').waitFor();
    },
  },
  palette: {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €129.00');
      await page.keyboard.press('Control+k');
    },
  },
  'palette-found': {
    desk: true,
    run: async (page) => {
      await pick(page, 'Refund €129.00');
      await page.keyboard.press('Control+k');
      await page.keyboard.type('1042');
    },
  },
  keys: { desk: true, run: (page) => page.keyboard.press('?') },
  'floor-empty': {
    desk: true,
    empty: true,
    run: async (page) => {
      await go(page, 'f');
    },
  },
};

const sizes = [
  { name: 'dark', width: 1440, height: 900, colorScheme: 'dark' },
  { name: 'light', width: 1440, height: 900, colorScheme: 'light' },
  { name: '1280', width: 1280, height: 800, colorScheme: 'dark' },
  { name: '1024', width: 1024, height: 700, colorScheme: 'light' },
  { name: 'zoom', width: 720, height: 450, colorScheme: 'dark' },
];
const wanted = sizes.filter((size) => !process.env.SIZES || process.env.SIZES.split(',').includes(size.name));

for (const [name, shot] of Object.entries(shots)) {
  if (only.length > 0 && !only.includes(name)) continue;
  for (const { name: size, width, height, colorScheme } of wanted) {
    const station = createStation({ dist, stage: shot.stage ?? 'sign_in', empty: shot.empty === true });
    const port = await station.listen(0);
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && name !== 'lost' && console.log(name, message.text()));
    page.on('pageerror', (error) => console.log(name, 'page error', error.message));
    try {
      await page.goto(`http://127.0.0.1:${port}/${shot.stage === 'set_up' ? '#token=first-run' : ''}`);
      await page.locator('h1, h2').first().waitFor();
      if (shot.desk) await signIn(page);
      if (shot.session) station.setSession(shot.session);
      await shot.run?.(page, station);
      await settle(page);
    } catch (error) {
      console.log(name, size, String(error).split('\n')[0]);
    }
    await page.screenshot({ path: `${folder}/${name}-${size}.png` });
    await context.close();
    if (name !== 'lost') await station.close();
  }
}
await browser.close();
