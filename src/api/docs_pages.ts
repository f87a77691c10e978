/**
 * `/docs`: the API reference, our `/openapi.json` drawn by Swagger UI, and `/docs/first-steps`: walk-throughs to copy.
 * Everything comes from this origin; the base URL is filled in, a key never is.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asset, builtFolder, loadAssets, sendAsset, type Asset } from './assets.ts'
import type { Page } from './http.ts'
import type { Services } from './operation.ts'

const HTML = 'text/html; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'

const FILES = {
  'index.html': HTML,
  'first-steps.html': HTML,
  'reference.js': SCRIPT,
  'first-steps.js': SCRIPT,
  'swagger-ui-bundle.js': SCRIPT,
  'docs.css': STYLE,
  'swagger-ui.css': STYLE,
} as const

/** The page that a path shows; what lies beside it is found by its name. */
const PAGES: Record<string, keyof typeof FILES> = { '/docs': 'index.html', '/docs/first-steps': 'first-steps.html' }

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Swagger UI draws its arrows from data: addresses in its style sheet.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function docsPages(services: Pick<Services, 'log' | 'publicUrl'>): Page {
  const folder = builtFolder('docs')
  if (folder === undefined) services.log.warn({}, 'the API reference is not built; /docs answers 404')
  // Read when somebody comes: most servers never show them, and the library is large.
  let files: Map<string, Asset> | undefined
  const headers = { 'content-security-policy': CONTENT_SECURITY_POLICY }
  let firstSteps: Asset | undefined

  return {
    matches: (path) => path === '/reference' || path === '/docs' || path.startsWith('/docs/'),
    async serve(path, request, reply) {
      const [address = ''] = request.url.split('?')
      if (path === '/reference') return void reply.redirect(address.endsWith('/') ? '../docs' : 'docs', 308)
      files ??= loadAssets(folder, FILES)
      // Both pages find their files beside themselves.
      if (path in PAGES && address.endsWith('/')) return void reply.redirect(`../${path.split('/').pop() ?? ''}`, 308)
      const name = PAGES[path] ?? path.slice('/docs/'.length)
      let found = name.endsWith('.html') && !(path in PAGES) ? undefined : files.get(name)
      if (name === 'first-steps.html' && found !== undefined) {
        // Only a listening server knows its address where none is set.
        firstSteps ??= asset(HTML, found.body.toString('utf8').replaceAll('{{base_url}}', escape(services.publicUrl)))
        found = firstSteps
      }
      await sendAsset(found, request, reply, headers)
    },
  }
}

/** What our own operations do, from the comments in the sources; empty when the pages were not built. */
export function operationDescriptions(): ReadonlyMap<string, string> {
  const folder = builtFolder('docs')
  if (folder === undefined) return new Map()
  return new Map(
    Object.entries(JSON.parse(readFileSync(join(folder, 'operations.json'), 'utf8')) as Record<string, string>),
  )
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${String(char.charCodeAt(0))};`)
}
