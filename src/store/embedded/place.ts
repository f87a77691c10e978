import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { canEnter, type Account } from './account.ts'
import { makeSystemFolder, systemFolder } from './binaries.ts'
import { EmbeddedDatabaseError, unlessErrno } from './errors.ts'
import { writeDurably } from './files.ts'
import type { EmbeddedLog } from './log.ts'

/**
 * Where the cluster of a data folder is: `<data folder>/postgres`, or what the file `postgres-location`
 * there says. That file exists only where we run as root and the account of PostgreSQL cannot reach the
 * data folder (a clone in /root): the cluster then is in a folder of its own under /var/lib/lockstitch.
 */
export async function placeOfCluster(dataDir: string): Promise<string> {
  const text = await unlessErrno(['ENOENT'], readFile(join(dataDir, 'postgres-location'), 'utf8'))
  if (text === undefined) return join(dataDir, 'postgres')
  const cluster = text.trim()
  const home = dirname(cluster)
  const belongsTo = (await unlessErrno(['ENOENT'], readFile(join(home, 'belongs-to'), 'utf8')))?.trim()
  if (belongsTo !== undefined && belongsTo !== dataDir) {
    if (existsSync(join(belongsTo, 'postgres-location'))) {
      throw new EmbeddedDatabaseError(
        'folder_in_use',
        `The data folder ${dataDir} is a copy of ${belongsTo}: its postgres-location names the database of that one, ` +
          `${cluster}. Two installations must not share it. Remove postgres-location from the copy for a new, empty database.`,
      )
    }
    // the data folder was moved
    await writeDurably(join(home, 'belongs-to'), `${dataDir}\n`, 0o644)
  }
  return cluster
}

export async function placeForNewCluster(
  dataDir: string,
  account: Account | undefined,
  log: EmbeddedLog,
): Promise<string> {
  const chosen = await placeOfCluster(dataDir)
  if (existsSync(join(dataDir, 'postgres-location'))) {
    await makeHome(dirname(chosen), dataDir)
    return chosen
  }
  if (await canEnter(account, dataDir)) return chosen
  await makeSystemFolder()
  if (!(await canEnter(account, systemFolder))) {
    throw new EmbeddedDatabaseError(
      'folder_unusable',
      `PostgreSQL runs as user ${account?.name}, who can enter neither ${dataDir} nor ${systemFolder}. ` +
        'Set LOCKSTITCH_DATA_DIR to a folder that user can reach (chmod o+x on the folders above it is enough).',
    )
  }
  for (const name of await readdir(systemFolder)) {
    const belongsTo = await unlessErrno(['ENOENT', 'ENOTDIR'], readFile(join(systemFolder, name, 'belongs-to'), 'utf8'))
    if (belongsTo?.trim() !== dataDir) continue
    const old = join(systemFolder, name)
    log.warn({ old }, `An earlier database of this data folder is still in ${old}; remove it if it is not needed`)
  }
  const home = join(systemFolder, `${basename(dataDir)}-${randomBytes(4).toString('hex')}`)
  const cluster = join(home, 'postgres')
  await makeHome(home, dataDir)
  await writeDurably(join(dataDir, 'postgres-location'), `${cluster}\n`, 0o644)
  log.warn({ cluster }, `User ${account?.name} cannot reach ${dataDir}: the database is kept in ${cluster}`)
  return cluster
}

async function makeHome(home: string, dataDir: string): Promise<void> {
  await mkdir(home, { recursive: true })
  await chmod(home, 0o755)
  await writeFile(join(home, 'belongs-to'), `${dataDir}\n`)
}
