/**
 * The console, `<publicUrl>/console`: a built single-page app of static files. It holds nothing of anybody; what it shows
 * it asks of the API with its user's session. Unknown paths below /console are pages that the app itself knows.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asset, sendBody, type Asset } from './assets.ts'
import { ApiError } from './errors.ts'
import type { Page } from './http.ts'
import type { Services } from './operation.ts'

/** Beside the built server, or where `npm run build` puts it, seen from the sources. */
const FOLDERS = ['./console', '../../dist/console'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
}

const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    // The Connect Webview, which is a page of this server.
    "frame-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'geolocation=(), camera=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const NOT_BUILT =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lockstitch console</title></head><body>' +
  '<h1>The console is not built</h1><p>This server was built without its console. Stop it, run <code>npm run build</code>, ' +
  'and start it again. The API works without it.</p></body></html>'

/** `folder` is where the built app lies; null = where the build puts it. */
export function consolePage({ log }: Pick<Services, 'log'>, folder: string | null = null): Page {
  const folders = folder === null ? FOLDERS : [folder]
  const find = (): string | undefined => folders.find((path) => existsSync(join(path, 'index.html')))
  if (find() === undefined) log.warn({ folders }, 'the console is not built; /console says so')
  let assets = new Map<string, Asset>()
  let builtAt: number | null = null
  /** Read once, and again when it has been built anew beside the running server. */
  const current = (): Map<string, Asset> => {
    const root = find()
    const now = root === undefined ? null : statSync(join(root, 'index.html')).mtimeMs
    if (now !== builtAt) assets = root === undefined ? new Map<string, Asset>() : readAssets(root)
    builtAt = now
    return assets
  }

  return {
    matches: (path) => path === '/console' || path.startsWith('/console/'),
    async serve(path, request, reply) {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        throw new ApiError(404, 'not_found', `${path} is not an operation of this API. GET /openapi.json lists them.`)
      reply.headers(HEADERS)
      const assets = current()
      const page = assets.get('index.html')
      if (page === undefined)
        return void reply
          .code(503)
          .header('content-type', TYPES['.html'])
          .header('cache-control', 'no-store')
          .send(NOT_BUILT)
      const name = path.slice('/console/'.length)
      const isFile = /\.[a-z0-9]+$/i.test(name)
      const found = isFile ? assets.get(name) : page
      if (found === undefined) throw new ApiError(404, 'not_found', 'There is no such file of the console.')
      // Files with a hash in their names never change; the page that names them is asked for each time.
      const isHashed = name.startsWith('assets/')
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      await sendBody(found, request, reply)
    },
  }
}

function readAssets(root: string): Map<string, Asset> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)]
      if (type === undefined) return []
      return [[name.replaceAll('\\', '/'), asset(type, readFileSync(join(root, name)))]]
    }),
  )
}

/** A browser that asks for the bare address is shown the console. */
export const consoleRedirect: Page = {
  matches: (path) => path === '/' || path === '',
  async serve(path, request, reply) {
    const isBrowser = request.method === 'GET' && /\btext\/html\b/.test(request.headers['accept'] ?? '')
    if (!isBrowser)
      throw new ApiError(404, 'not_found', `${path} is not an operation of this API. GET /openapi.json lists them.`)
    await reply.header('cache-control', 'no-store').redirect('/console', 302)
  },
}
