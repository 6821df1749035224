/** The sample app in a browser: what a visitor does, by keyboard and without JavaScript too. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadHelloApp } from '@myelin/example-hello';
import { UPGRADE_KEEPING_HEAP, installCanister, installCode, openAgent, openTestNode, type TestNode } from '@myelin/test-clients';
import type { HttpAgent } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from '../../../tools/chromium.ts';

describe('the sample app', () => {
  let node: TestNode;
  let agent: HttpAgent;
  let canisterId: Principal;
  let browser: Browser;

  before(async () => {
    node = await openTestNode();
    agent = await openAgent(node.url);
    const { wasm, argument } = await loadHelloApp();
    canisterId = await installCanister(agent, wasm, argument);
    const { executablePath, args } = await findChromium();
    browser = await chromium.launch({ executablePath, args: [...args] });
  });
  after(async () => {
    await browser?.close();
    await node?.close();
  });

  /** Opens the page under its own host name and fails on anything the browser complains about. */
  async function open(options: BrowserContextOptions = {}, path = '/'): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (entry) => {
      if (entry.type() === 'error') complaints.push(entry.text());
    });
    const { port } = new URL(node.url);
    await page.goto(`http://${canisterId.toText()}.localhost:${port}${path}`);
    return { page, complaints };
  }

  it('counts, signs the guest book and shows what was checked', async () => {
    const { page, complaints } = await open();
    const count = page.locator('#count');
    await count.filter({ hasText: /^0$/ }).waitFor();
    await page.getByRole('button', { name: 'Add one' }).click();
    await count.filter({ hasText: /^1$/ }).waitFor();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Message').fill('<b>Hello</b> from a test');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('Thank you, Ada. Your entry has number 1.').waitFor();
    assert.equal(await page.locator('#entries li p').first().textContent(), '<b>Hello</b> from a test');
    assert.match((await page.locator('#calls').textContent()) ?? '', /incrementupdatecertificate valid/);
    assert.equal(await page.locator('#canister-id').textContent(), canisterId.toText());
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('works by keyboard alone, on a small dark screen', async () => {
    const { page, complaints } = await open({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
    await page.locator('#count[aria-busy=false]').waitFor();
    const start = Number(await page.locator('#count').textContent());
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page
      .locator('#count')
      .filter({ hasText: new RegExp(`^${start + 1}$`) })
      .waitFor();
    const { width } = (await page.locator('body').boundingBox()) ?? { width: Infinity };
    assert.ok(width <= 360, `the page is ${width} pixels wide on a screen of 360`);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  it('signs without JavaScript, through http_request_update', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    await page.getByLabel('Name').fill('Grace & co');
    await page.getByLabel('Message').fill('no script, 100 % ä');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.waitForURL('**/entries');
    assert.match((await page.locator('ul').textContent()) ?? '', /Grace & co: no script, 100 % ä/);
    await page.context().close();
  });

  it('says that a page does not exist', async () => {
    const response = await fetch(`${node.url}/nothing?canisterId=${canisterId.toText()}`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /no page at this address/);
  });

  it('keeps counter and guest book over an upgrade', async () => {
    const { wasm, argument } = await loadHelloApp();
    await installCode(agent, canisterId, { mode: UPGRADE_KEEPING_HEAP, wasm, argument });
    const { page, complaints } = await open();
    await page
      .locator('#count')
      .filter({ hasText: /^[1-9]/ })
      .waitFor();
    await page.getByText('Ada').first().waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});
