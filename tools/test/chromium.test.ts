/** A browser is found and starts; one that is named wrongly is an error, not a skip. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chromium } from 'playwright-core';
import { findChromium } from '../chromium.ts';

it('starts the browser it finds', async () => {
  const { executablePath, args } = await findChromium();
  const browser = await chromium.launch({ executablePath, args: [...args] });
  try {
    const page = await browser.newPage();
    await page.goto('data:text/html,<h1>hello</h1>');
    assert.equal(await page.textContent('h1'), 'hello');
  } finally {
    await browser.close();
  }
});

it('refuses a path that is no browser', async () => {
  const before = process.env['CHROMIUM_PATH'];
  process.env['CHROMIUM_PATH'] = '/nowhere/chromium';
  try {
    await assert.rejects(findChromium(), /CHROMIUM_PATH is '\/nowhere\/chromium'/);
  } finally {
    if (before === undefined) delete process.env['CHROMIUM_PATH'];
    else process.env['CHROMIUM_PATH'] = before;
  }
});
