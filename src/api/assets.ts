/** Files of the pages that the server hands out itself: read once, named by their content, asked for again each time. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

export interface Asset {
  type: string
  body: Buffer
  etag: string
  /** Made when first asked for. */
  packed: Map<'br' | 'gzip', Promise<Buffer>>
}

const COMPRESSED = /^(?:text\/|application\/(?:json|manifest)|image\/svg)/
const PACK = {
  br: (text: Buffer) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (text: Buffer) => promisify(gzip)(text, { level: 9 }),
}

export function asset(type: string, body: Buffer | string): Asset {
  const bytes = Buffer.from(body)
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  return { type, body: bytes, etag, packed: new Map() }
}

/** The folder of a built page: beside the built server, or in dist/ when the sources run (scripts/build-pages.mjs). */
export function builtFolder(name: string): string | undefined {
  return [`./${name}`, `../../dist/${name}`]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(join(path, 'index.html')))
}

/** The files of a built page; none when it was not built. */
export function loadAssets(folder: string | undefined, types: Readonly<Record<string, string>>): Map<string, Asset> {
  if (folder === undefined) return new Map()
  return new Map(
    Object.entries(types).map(([name, type]) => [name, asset(type, readFileSync(join(folder, name)))] as const),
  )
}

/** Sends it with its type and name, as small as the caller takes it; 304 to whoever has it. */
export async function sendBody(found: Asset, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({ 'content-type': found.type, etag: found.etag, vary: 'Origin, Accept-Encoding' })
  if (request.headers['if-none-match'] === found.etag) return void reply.code(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const how = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null
  if (how === null || !COMPRESSED.test(found.type)) return void reply.send(found.body)
  let packed = found.packed.get(how)
  if (packed === undefined) {
    packed = PACK[how](found.body)
    found.packed.set(how, packed)
  }
  await reply.header('content-encoding', how).send(await packed)
}

/** @throws ApiError 404, 405 */
export async function sendAsset(
  found: Asset | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>,
): Promise<void> {
  if (found === undefined) throw new ApiError(404, 'not_found', 'There is no such page.')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new ApiError(405, 'method_not_allowed', 'only GET,HEAD accepted')
  reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-robots-tag': 'noindex, nofollow',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'geolocation=(), camera=(), microphone=()',
    // Asked for again each time, sent again only when it has changed.
    'cache-control': 'no-cache',
    ...headers,
  })
  await sendBody(found, request, reply)
}
