/**
 * The Instant Key page, `<publicUrl>/ik/<CODE>`: static files that are the same for every code. The page itself
 * exchanges the code (api/seam/instant_key), so that neither this address nor any log of it holds a token.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiError } from './errors.ts'
import type { Page } from './http.ts'
import type { Services } from './operation.ts'

/** Beside the built server, or in the sources. */
const FOLDERS = ['./instant-key', '../instant-key/public'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const FILES = {
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'key.svg': 'image/svg+xml',
} as const

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

interface Asset {
  type: string
  body: Buffer
  etag: string
}

export function instantKeyPage({ log }: Pick<Services, 'log'>): Page {
  const folder = FOLDERS.find((path) => existsSync(join(path, 'index.html')))
  if (folder === undefined) log.warn({ folders: FOLDERS }, 'the Instant Key page is not built; its links answer 404')
  const load = (name: string, type: string): Asset | undefined => {
    if (folder === undefined) return undefined
    const body = readFileSync(join(folder, name))
    return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
  }
  const page = load('index.html', 'text/html; charset=utf-8')
  const assets = new Map(Object.entries(FILES).map(([name, type]) => [name, load(name, type)]))

  return {
    matches: (path) => /^\/ik\/[^/]+$/.test(path),
    async serve(path, request, reply) {
      const name = path.slice('/ik/'.length)
      const asset = assets.get(name) ?? (/^[A-Za-z0-9]+$/.test(name) ? page : undefined)
      if (asset === undefined) throw new ApiError(404, 'not_found', 'There is no such page.')
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        throw new ApiError(405, 'method_not_allowed', 'only GET,HEAD accepted')
      }
      const [address = ''] = request.url.split('?')
      // The page finds its files beside itself.
      if (address.endsWith('/')) return void reply.redirect(`../${name}`, 308)
      reply.headers({
        'content-type': asset.type,
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex, nofollow',
        'referrer-policy': 'no-referrer',
        'permissions-policy': 'geolocation=(), camera=(), microphone=()',
        // Asked for again each time, sent again only when it has changed.
        'cache-control': 'no-cache',
        etag: asset.etag,
      })
      if (request.headers['if-none-match'] === asset.etag) return void reply.code(304).send()
      await reply.send(asset.body)
    },
  }
}
