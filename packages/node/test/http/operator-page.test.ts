/** The page of a node in a browser: live, without a script, on a phone, by keyboard. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { HttpAgent } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import { script, universalCanister } from '@myelin/test-canisters';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { principalFromText } from '@myelin/core/base';
import { findChromium } from '../../../../tools/chromium.ts';
import { openNode, type RunningNode } from '../../src/node/index.ts';
import { agentOf, install, raw } from './network.ts';

/** Where screenshots go, if anywhere: for people who judge the look. */
const screenshots = process.env['MYELIN_SCREENSHOTS'];
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  colorScheme: 'dark',
};

let node: RunningNode;
let agent: HttpAgent;
let universal: Principal;
let browser: Browser;

before(async () => {
  const launch = await findChromium();
  [node, browser] = await Promise.all([
    openNode({
      stateDirectory: undefined,
      host: '127.0.0.1',
      port: 0,
      implVersion: '9.8.7',
      canisterNames: () => Promise.resolve(new Map([[principalFromText(universal.toText()), 'speaker <b>']])),
      onFault: (error) => {
        throw error;
      },
    }),
    chromium.launch({ executablePath: launch.executablePath, args: [...launch.args] }),
  ]);
  agent = await agentOf(node);
  universal = await install(agent, await universalCanister(), script.program());
});
after(async () => {
  await browser?.close();
  await node?.close();
});

const say = (text: string): Promise<unknown> =>
  agent.update(universal, { methodName: 'update', arg: script.program(script.debugPrint(text), script.reply('ok')) });

async function open(
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly complaints: string[]; readonly close: () => Promise<void> }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(node.url) && !request.url().startsWith('data:')) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(`${node.url}/_/`);
  return { page, complaints, close: () => context.close() };
}

async function shoot(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `node-${name}.png`), fullPage: true });
}

describe('the page of a node', () => {
  it('shows what happens, while it happens', async () => {
    await say('before the page');
    const { page, complaints, close } = await open();
    await page.getByRole('status').getByText('healthy', { exact: true }).waitFor();
    await page.getByText('9.8.7').waitFor();
    const log = page.getByRole('log', { name: 'Logs of canisters' });
    await log.getByText('before the page').waitFor();
    await page.getByRole('heading', { name: 'Batches per second' }).waitFor();
    await say('<img src=x onerror=alert(1)> \u{1f642}');
    await log.getByText('<img src=x onerror=alert(1)> \u{1f642}').waitFor();
    const row = page.getByRole('row', { name: new RegExp(universal.toText()) });
    await row.getByText('speaker <b>').waitFor();
    await row.getByText('running').waitFor();
    assert.equal(await row.getByRole('link').getAttribute('href'), `${node.url}/?canisterId=${universal.toText()}`);
    const chart = page.getByRole('img', { name: /^Memory of the process, last (?:[2-9]|\d{2,}) seconds: [\d.]+ MiB to [\d.]+ MiB$/ });
    await chart.waitFor();
    assert.match((await chart.locator('.line').getAttribute('d')) ?? '', /^M[\d.]+ [\d.]+L/);
    const height = Number((await node.replica.snapshot()).height);
    await page.getByText(String(height), { exact: true }).first().waitFor();
    await shoot(page, 'light');
    assert.deepEqual(complaints, []);
    await close();
  });

  it('shows canisters that come later', async () => {
    const { page, complaints, close } = await open({ colorScheme: 'dark' });
    await page.getByRole('heading', { name: 'Canisters (1)' }).waitFor();
    const second = await install(agent, await universalCanister(), script.program());
    await page.getByRole('row', { name: new RegExp(second.toText()) }).waitFor();
    await page.getByRole('heading', { name: 'Canisters (2)' }).waitFor();
    await shoot(page, 'dark');
    assert.deepEqual(complaints, []);
    await close();
  });

  it('shows what queries print, and which', async () => {
    const { page, complaints, close } = await open();
    const log = page.getByRole('log', { name: 'Logs of canisters' });
    await log.getByText('before the page').waitFor();
    await agent.query(universal, { methodName: 'query', arg: script.program(script.debugPrint('seen by a query'), script.reply('ok')) });
    const line = log.getByRole('listitem').filter({ hasText: 'seen by a query' });
    await line.getByText('query query', { exact: true }).waitFor();
    await line.getByText('speaker <b>').waitFor();
    await page.reload();
    await line.waitFor();
    assert.equal(await line.count(), 1);
    assert.deepEqual(complaints, []);
    const plain = await open({ javaScriptEnabled: false });
    await plain.page.getByRole('log').getByText('query query', { exact: true }).waitFor();
    await Promise.all([close(), plain.close()]);
  });

  it('draws what each canister does, larger when its row is opened', async (context) => {
    const { page, complaints, close } = await open();
    const row = page.getByRole('row', { name: new RegExp(universal.toText()) });
    let isTalking = true;
    context.after(() => (isTalking = false));
    const talking = (async () => {
      while (isTalking) await say('again');
    })();
    const spark = row.getByRole('img', { name: /^Messages per second of speaker <b>: [\d.]+ to [\d.]+/ });
    await spark.waitFor();
    const button = row.getByRole('button', { name: 'Charts of speaker <b>' });
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    await row.getByText('running').click();
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    for (const title of ['Messages per second', 'Cycles burned per second', 'Cycles', 'Memory']) {
      const chart = page.getByRole('img', { name: new RegExp(`^${title} of speaker <b>, last (?:[4-9]|\\d\\d) seconds: .* to `) });
      await chart.waitFor();
      assert.match((await chart.locator('.line').getAttribute('d')) ?? '', /^M[\d.]+ [\d.]+L/, title);
    }
    const messages = page.locator('.opened .figure').filter({ has: page.getByRole('heading', { name: 'Messages per second' }) });
    assert.ok(Number.parseFloat((await messages.locator('.value').textContent()) ?? '') > 0);
    await shoot(page, 'canister-light');
    isTalking = false;
    await talking;
    const burned = page.locator('.opened .figure').filter({ has: page.getByRole('heading', { name: 'Cycles burned per second' }) });
    await burned.locator('.value').getByText('0', { exact: true }).waitFor();
    const third = await install(agent, await universalCanister(), script.program());
    await page.getByRole('row', { name: new RegExp(third.toText()) }).waitFor();
    await messages.waitFor();
    await row.getByText('running').click();
    await messages.waitFor({ state: 'detached' });
    assert.equal(await button.getAttribute('aria-expanded'), 'false');
    assert.deepEqual(complaints, []);
    await close();
  });

  it('shows its numbers without a script', async () => {
    await say('for those without a script');
    const { page, close } = await open({ javaScriptEnabled: false });
    await page.getByRole('heading', { name: 'Instructions since the start' }).waitFor();
    await page.getByRole('row', { name: new RegExp(universal.toText()) }).waitFor();
    await page.getByRole('log').getByText('for those without a script').waitFor();
    assert.equal(await page.getByLabel('pause').isVisible(), false, 'switches that do nothing are not shown');
    await shoot(page, 'plain');
    await close();
  });

  it('fits a phone', async () => {
    const { page, complaints, close } = await open(PHONE);
    await page.getByRole('img', { name: /^Memory/ }).waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(width) <= 390, `it is ${String(width)} pixels wide`);
    await shoot(page, 'phone');
    await page.getByRole('button', { name: 'Charts of speaker <b>' }).tap();
    await page.getByRole('img', { name: /^Cycles of speaker <b>, last (?:[4-9]|\d\d) seconds/ }).waitFor();
    const opened = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(opened) <= 390, `with charts it is ${String(opened)} pixels wide`);
    await shoot(page, 'canister-phone');
    assert.deepEqual(complaints, []);
    await close();
  });

  it('works by keyboard', async () => {
    const { page, close } = await open();
    await page.getByRole('img', { name: /^Memory/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.locator(':focus', { hasText: 'Skip to the content' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.equal(await page.getByLabel('pause').isChecked(), true);
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    const opener = page.locator('button:focus');
    assert.equal(await opener.getAttribute('aria-label'), 'Charts of speaker <b>');
    await page.keyboard.press('Enter');
    const charts = page.locator(`#${(await opener.getAttribute('aria-controls')) ?? ''}`);
    await charts.getByRole('img', { name: /^Memory of speaker <b>, last \d+ seconds/ }).waitFor();
    assert.equal(await opener.getAttribute('aria-expanded'), 'true', 'it is still in focus while the table goes on');
    await page.keyboard.press('Space');
    await charts.waitFor({ state: 'detached' });
    await page.keyboard.press('Tab');
    await page.locator(`a:focus`, { hasText: universal.toText() }).waitFor();
    for (let rest = (await page.locator('tr.canister').count()) - 1; rest > 0; rest--) {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Tab');
    await page.locator('#follow:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.locator('#log:focus').waitFor();
    await close();
  });

  it('runs nothing but its own scripts, and is in nobody else’s page', async () => {
    const { headers, body } = await raw(node.port, { path: '/_/' });
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src localhost:\d+\/_\/page\/; style-src localhost:\d+\/_\/page\/;/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(body.toString(), /speaker &lt;b&gt;/);
    assert.equal((await raw(node.port, { path: '/_/page/../operator.ts' })).status, 404);
    assert.equal((await raw(node.port, { path: '/_/page/main.ts', host: 'rebound.example' })).status, 403);
    const style = await raw(node.port, { path: '/_/page/style.css' });
    assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8']);
  });
});
