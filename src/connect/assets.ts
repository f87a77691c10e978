/** The style and the script of the pages: static files, the same for every webview. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Beside the built server, or in the sources. */
const FOLDERS = ['./connect', './public'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const TYPES = {
  'connect.svg': 'image/svg+xml',
  'connect.css': 'text/css; charset=utf-8',
  'connect.js': 'text/javascript; charset=utf-8',
} as const

export interface Asset {
  type: string
  body: Buffer
}

export function readAssets(): ReadonlyMap<string, Asset> {
  const folder = FOLDERS.find((path) => existsSync(join(path, 'connect.css')))
  if (folder === undefined) throw new Error(`the connect page is not built: no connect.css in ${FOLDERS.join(' or ')}`)
  return new Map(Object.entries(TYPES).map(([name, type]) => [name, { type, body: readFileSync(join(folder, name)) }]))
}
