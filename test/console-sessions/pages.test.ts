/** The console's pages as they are served, and what pages of other origins can do to a browser that is signed in. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consolePage } from '../../src/api/console_page.ts'
import { readConfig } from '../../src/config.ts'
import { silentLog } from '../../src/log.ts'
import { openBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { OWNER, passwordOf, signedIn } from './support.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

describe('the built console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstitch-console-'))
  const script = `console.log(${JSON.stringify('x'.repeat(2000))})`
  let app: FastifyInstance
  let url: string
  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Console</title>')
    writeFileSync(join(folder, 'assets/app-abc123.js'), script)
    writeFileSync(join(folder, 'secret.pem'), 'not for anybody')
    const page = consolePage({ log: silentLog }, folder)
    app = fastify()
    app.get('/*', (request, reply) => page.serve(request.url.split('?')[0] ?? '', request, reply))
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await app.close()
    rmSync(folder, { recursive: true })
  })

  test('is one page for every address of the app, asked for each time', async () => {
    for (const path of ['/console', '/console/', '/console/workspaces/x/access-grants']) {
      const response = await fetch(url + path)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('<title>Console</title>')
      expect(response.headers.get('cache-control')).toBe('no-cache')
    }
    const { headers } = await fetch(`${url}/console`)
    const again = await fetch(`${url}/console`, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  test('runs under a policy without inline anything, in no frame of others', async () => {
    const { headers } = await fetch(`${url}/console`)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      expect(policy).toContain(rule)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  test('has files that are kept for good, packed as the browser takes them', async () => {
    const raw = (encoding: string): Promise<Response> =>
      fetch(`${url}/console/assets/app-abc123.js`, { headers: { 'accept-encoding': encoding } })
    for (const encoding of ['identity', 'gzip', 'br']) {
      const response = await raw(encoding)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding)
      expect(response.headers.get('vary')).toContain('Accept-Encoding')
      expect(await response.text()).toBe(script)
    }
    const packed = await app.inject({ url: '/console/assets/app-abc123.js', headers: { 'accept-encoding': 'br' } })
    expect(packed.rawPayload.length).toBeLessThan(200)
    expect(brotliDecompressSync(packed.rawPayload).toString()).toBe(script)
    const gzipped = await app.inject({ url: '/console/assets/app-abc123.js', headers: { 'accept-encoding': 'gzip' } })
    expect(gunzipSync(gzipped.rawPayload).toString()).toBe(script)
  })

  test('gives nothing that is not of it', async () => {
    for (const path of [
      '/console/secret.pem',
      '/console/assets/other.js',
      '/console/%2e%2e/package.json',
      '/console/../package.json',
    ])
      expect(await (await fetch(url + path)).text()).not.toMatch(/not for anybody|"name": "lockstitch"/)
    expect((await fetch(`${url}/console/assets/other.js`)).status).toBe(404)
  })

  test('is read again when it was built anew beside the server', async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Newer console</title>')
    expect(await (await fetch(`${url}/console`)).text()).toContain('Newer console')
  })

  test('says so when it is not there', async () => {
    const empty = fastify()
    const page = consolePage({ log: silentLog }, join(folder, 'nothing'))
    empty.get('/*', (request, reply) => page.serve(request.url, request, reply))
    const { statusCode, body } = await empty.inject({ url: '/console' })
    expect(statusCode).toBe(503)
    expect(body).toContain('npm run build')
    await empty.close()
  })
})

describe('the server’s own address', () => {
  test('leads a browser to the console, and nobody else', async () => {
    const browser = await fetch(server.url, { headers: { accept: 'text/html' }, redirect: 'manual' })
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/console'])
    const other = await fetch(server.url, { headers: { accept: '*/*' } })
    expect(other.status).toBe(404)
    expect(await other.json()).toMatchObject({ ok: false, error: { type: 'not_found' } })
  })

  test('is asked for together with the API: its pages need it beside them', () => {
    expect(() => readConfig({ LOCKSTITCH_ROLES: 'console,worker' })).toThrow(/console without api.*Add api/)
  })

  test('has no console where the role is not given; the API is as before', async () => {
    await using plain = await startTestServer({ env: { LOCKSTITCH_ROLES: 'api,worker' } })
    const page = await fetch(`${plain.url}/console`)
    expect([page.status, await page.json()]).toEqual([404, expect.objectContaining({ ok: false })])
    expect((await plain.post('/spaces/list')).status).toBe(200)
    expect((await signedIn(plain)).csrf).not.toBe('')
  })
})

/** A page of somebody else, on another port and under another name of this machine. */
async function startEvilSite(html: string): Promise<{ http: HttpServer; port: number }> {
  const http = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { http, port: (http.address() as AddressInfo).port }
}

describe('a page of another origin, in a browser that is signed in', () => {
  test(
    'reads nothing and changes nothing: other ports of the same host, and other hosts',
    { timeout: 180_000 },
    async () => {
      await using chromium = await openBrowser()
      const context = await chromium.browser.newContext()
      const page = await context.newPage()
      await page.goto(`${server.url}/console`)
      // Signs in as the console's own page does.
      const login = { email_address: OWNER, password: await passwordOf(server) }
      const csrf = await page.evaluate(async (body) => {
        const response = await fetch('/console/sessions/create', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        return ((await response.json()) as { console_session: { csrf_token: string } }).console_session.csrf_token
      }, login)
      expect(await page.evaluate('document.cookie')).toBe('')
      const own = await page.evaluate(
        async ([token, workspace]) => {
          const headers = { 'x-csrf-token': token ?? '', 'seam-workspace': workspace ?? '' }
          return (await fetch('/spaces/list', { method: 'POST', headers })).status
        },
        [csrf, server.workspaceId],
      )
      expect(own, 'its own page may').toBe(200)
      const state = async (): Promise<unknown> => [
        await server.sql('SELECT count(*) FROM space'),
        await server.sql('SELECT count(*) FROM console_session'),
        await server.sql('SELECT count(*) FROM api_key'),
        await server.sql('SELECT email_address, password_hash FROM app_user'),
      ]
      const before = await state()

      const { http, port } = await startEvilSite('<!doctype html><title>Evil</title><body>')
      try {
        for (const origin of [`http://127.0.0.1:${String(port)}`, `http://localhost:${String(port)}`]) {
          await page.goto(origin)
          const tried = await page.evaluate(
            async ({ url, workspace, token }) => {
              const json = { 'content-type': 'application/json' }
              const inWorkspace = { ...json, 'seam-workspace': workspace }
              const attempt = async (path: string, init: RequestInit): Promise<string> => {
                try {
                  const response = await fetch(url + path, { credentials: 'include', ...init })
                  return `read ${String(response.status)} ${(await response.text()).slice(0, 80)}`
                } catch {
                  return 'unreadable'
                }
              }
              const streamed = await new Promise<string>((resolve) => {
                const source = new EventSource(`${url}/console/live?workspace_id=${workspace}`, {
                  withCredentials: true,
                })
                source.onopen = () => resolve('open')
                source.onerror = () => resolve('refused')
              })
              const body = JSON.stringify({ name: 'Ridden' })
              return {
                // With nothing that asks the server beforehand ...
                plainPost: await attempt('/console/sessions/delete_all', { method: 'POST' }),
                textPost: await attempt('/spaces/create', {
                  method: 'POST',
                  headers: { 'content-type': 'text/plain' },
                  body,
                }),
                token: await attempt('/console/sessions/get', { method: 'POST' }),
                list: await attempt('/workspaces/list', { method: 'GET' }),
                // ... with headers that do ...
                json: await attempt('/spaces/create', { method: 'POST', headers: inWorkspace, body }),
                // ... even with the right token ...
                stolen: await attempt('/spaces/create', {
                  method: 'POST',
                  headers: { ...inWorkspace, 'x-csrf-token': token },
                  body,
                }),
                // ... and behind a key of its own, which allows credentials and shuts out the cookie.
                withKey: await attempt('/spaces/create', {
                  method: 'POST',
                  headers: { ...inWorkspace, authorization: 'Bearer seam_nobodys_key', 'x-csrf-token': token },
                  body,
                }),
                opaque: await attempt('/console/sessions/delete_all', { method: 'POST', mode: 'no-cors' }),
                streamed,
              }
            },
            { url: server.url, workspace: server.workspaceId, token: csrf },
          )
          expect(tried, origin).toMatchObject({
            plainPost: 'unreadable',
            textPost: 'unreadable',
            token: 'unreadable',
            list: 'unreadable',
            json: 'unreadable',
            stolen: 'unreadable',
            withKey: expect.stringMatching(/^read 401/),
            opaque: 'read 0 ',
            streamed: 'refused',
          })
          // A form that the browser sends and shows the answer of, and a link.
          await page.setContent(
            `<form method="post" action="${server.url}/console/sessions/delete_all"><button>Go</button></form>`,
          )
          await Promise.all([page.waitForNavigation(), page.getByRole('button').click()])
          expect(await page.textContent('body')).toMatch(/cross_site_request|unauthorized/)
          await page.goto(origin)
          await page.setContent(`<a href="${server.url}/spaces/list?seam-workspace=${server.workspaceId}">Go</a>`)
          await Promise.all([page.waitForNavigation(), page.getByRole('link').click()])
          expect(await page.textContent('body')).toMatch(/cross_site_request|unauthorized/)
          // Nor does it show the console in a frame.
          await page.goto(origin)
          await page.setContent(`<iframe src="${server.url}/console"></iframe>`)
          await page.waitForTimeout(500)
          const [, frame] = page.frames()
          expect((await frame?.content()) ?? '').not.toMatch(/Lockstitch console|<title>Console/)
        }
      } finally {
        http.close()
      }
      expect(await state()).toEqual(before)
      await page.goto(`${server.url}/console`)
      const still = await page.evaluate(async () => (await fetch('/console/sessions/get', { method: 'POST' })).status)
      expect(still, 'and the session goes on').toBe(200)
    },
  )
})
