/** The key that seals what rests in the database, as the data folder keeps it (config.ts: LOCKSTITCH_SECRET_KEY goes before). */
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ids } from '../ids.ts'

/** Where the key of a data folder lies. */
export function secretKeyFile(dataDir: string): string {
  return join(dataDir, 'secret-key')
}

/** The key of a data folder; null = it has none. */
export async function keptSecretKey(dataDir: string): Promise<Buffer | null> {
  try {
    return Buffer.from((await readFile(secretKeyFile(dataDir), 'utf8')).trim(), 'base64')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The key of a data folder, made when it has none. */
export async function secretKeyOf(dataDir: string, ids: Ids): Promise<Buffer> {
  const known = await keptSecretKey(dataDir)
  if (known !== null) return known
  const key = ids.bytes(32)
  const file = secretKeyFile(dataDir)
  // Written aside and linked into place: of two processes that start at once, both use the first one's whole key.
  const draft = `${file}.${ids.uuid()}`
  await writeFile(draft, key.toString('base64'), { mode: 0o600 })
  try {
    await link(draft, file)
    return key
  } catch {
    const first = await keptSecretKey(dataDir)
    if (first === null) throw new Error(`${file} could not be written`)
    return first
  } finally {
    await unlink(draft)
  }
}
