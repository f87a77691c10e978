import { open, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf, unlessErrno } from './errors.ts'

/** Makes renames and new names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error
  } finally {
    await handle.close()
  }
}

/** Writes a small file so that a crash leaves the old one or the new one. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const aside = `${path}.new`
  const handle = await open(aside, 'w', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, path)
  await syncFolder(dirname(path))
}

async function readFrom(handle: FileHandle, position: number): Promise<string> {
  const { size } = await handle.stat()
  const from = Math.max(position, size - 4_096, 0)
  const buffer = Buffer.alloc(Math.max(size - from, 0))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
  return buffer.toString('utf8', 0, bytesRead)
}

/** The end of a log, at most 4 kB, and nothing of what was there before a position. */
export async function tailOf(path: string, position = 0): Promise<string> {
  const handle = await unlessErrno(['ENOENT'], open(path, 'r'))
  if (!handle) return ''
  try {
    return (await readFrom(handle, position)).trim()
  } finally {
    await handle.close()
  }
}
