/**
 * The Instant Key page, `<publicUrl>/ik/<CODE>`: static files that are the same for every code. The page itself
 * exchanges the code (api/seam/instant_key), so that neither this address nor any log of it holds a token.
 */
import { asset, builtFolder, loadAssets, sendAsset, type Asset } from './assets.ts'
import type { Page } from './http.ts'
import type { Services } from './operation.ts'

const FILES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'worker.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'key.svg': 'image/svg+xml',
  'icon-192.png': 'image/png',
  'icon-512.png': 'image/png',
} as const

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // A property's logo may lie anywhere.
  "img-src 'self' https:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function instantKeyPage({ log }: Pick<Services, 'log'>): Page {
  const folder = builtFolder('instant-key')
  if (folder === undefined) log.warn({}, 'the Instant Key page is not built; its links answer 404')
  const files = loadAssets(folder, FILES)

  return {
    matches: (path) => /^\/ik\/[^/]+$/.test(path),
    async serve(path, request, reply) {
      const name = path.slice('/ik/'.length)
      const [address = ''] = request.url.split('?')
      // The page finds its files beside itself.
      const isPage = /^[A-Za-z0-9]+$/.test(name)
      if (isPage && address.endsWith('/')) return void reply.redirect(`../${name}`, 308)
      const found = isPage ? files.get('index.html') : name === 'index.html' ? undefined : files.get(name)
      await sendAsset(found ?? manifestFor(name), request, reply, {
        'content-security-policy': CONTENT_SECURITY_POLICY,
      })
    },
  }
}

/** On a home screen the page opens at the link it was installed from; the manifest tells nothing that the link does not. */
function manifestFor(name: string): Asset | undefined {
  const [, code] = /^([A-Z0-9]+)\.webmanifest$/.exec(name) ?? []
  if (code === undefined) return undefined
  const icon = (size: number) => ({
    src: `icon-${String(size)}.png`,
    sizes: `${String(size)}x${String(size)}`,
    type: 'image/png',
  })
  const manifest = {
    name: 'Your key',
    short_name: 'Key',
    id: code,
    start_url: code,
    scope: './',
    display: 'standalone',
    background_color: '#f6f5f1',
    theme_color: '#1f6a55',
    icons: [icon(192), icon(512), { ...icon(512), purpose: 'maskable' }],
  }
  return asset('application/manifest+json; charset=utf-8', JSON.stringify(manifest))
}
