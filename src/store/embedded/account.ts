import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedDatabaseError, unlessErrno } from './errors.ts'
import type { EmbeddedLog } from './log.ts'

/** The account PostgreSQL runs under when we are root, which it refuses to be. */
export interface Account {
  uid: number
  gid: number
  name: string
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

async function accountsOfSystem(): Promise<Map<string, Account>> {
  const accounts = new Map<string, Account>()
  const text = (await unlessErrno(['ENOENT'], readFile('/etc/passwd', 'utf8'))) ?? ''
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    if (name !== '' && /^\d+$/.test(uid) && /^\d+$/.test(gid))
      accounts.set(name, { name, uid: Number(uid), gid: Number(gid) })
  }
  return accounts
}

function firstOf(accounts: Map<string, Account>, names: string[]): Account | undefined {
  for (const name of names) {
    const account = accounts.get(name)
    if (account && account.uid !== 0) return account
  }
  return undefined
}

/** Finds, or makes, the account for a new cluster. initdb insists on one that has a name. */
export async function accountForNewCluster(log: EmbeddedLog): Promise<Account | undefined> {
  if (!isRoot()) return undefined
  const known = firstOf(await accountsOfSystem(), ['lockstitch', 'postgres', '_postgres'])
  if (known) return known
  try {
    const flags = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
    await promisify(execFile)('useradd', [...flags, '--shell', '/usr/sbin/nologin', 'lockstitch'], {
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    })
    const made = firstOf(await accountsOfSystem(), ['lockstitch'])
    if (made) {
      log.warn({ uid: made.uid }, 'Running as root, which PostgreSQL refuses: made the system user "lockstitch" for it')
      return made
    }
  } catch (error) {
    log.warn({ err: error }, 'Could not make a system user "lockstitch" for PostgreSQL')
  }
  const nobody = firstOf(await accountsOfSystem(), ['nobody'])
  if (nobody) {
    log.warn({}, 'PostgreSQL runs as "nobody". Add a system user "lockstitch" to keep its files from other services')
    return nobody
  }
  throw new EmbeddedDatabaseError(
    'account_missing',
    'PostgreSQL refuses to run as root, and there is no user "lockstitch", "postgres" or "nobody" to run it as. ' +
      'Add one (useradd --system lockstitch), start Lockstitch as an ordinary user, or set DATABASE_URL.',
  )
}

/** An existing cluster is run by its owner. */
export async function accountOfCluster(folder: string): Promise<Account | undefined> {
  const uid = process.getuid?.()
  if (uid === undefined) return undefined
  const owner = await stat(folder)
  if (uid !== 0) {
    if (owner.uid === uid) return undefined
    throw new EmbeddedDatabaseError(
      'wrong_owner',
      `The database in ${folder} belongs to user ${owner.uid}, and this process runs as user ${uid}. ` +
        'Start Lockstitch as that user or as root, or give that user the folder (chown -R) while nothing runs.',
    )
  }
  if (owner.uid === 0) {
    throw new EmbeddedDatabaseError(
      'wrong_owner',
      `The database in ${folder} belongs to root, and PostgreSQL refuses to run as root. ` +
        'Give the folder to an ordinary user (chown -R).',
    )
  }
  return { uid: owner.uid, gid: owner.gid, name: String(owner.uid) }
}

/** Whether that account can get into a folder, by the mode bits of the folder and everything above it. */
export async function canEnter(account: Account | undefined, folder: string): Promise<boolean> {
  if (!account) return true
  for (let at = resolve(folder); ; at = dirname(at)) {
    const info = await unlessErrno(['ENOENT'], stat(at))
    if (info) {
      const bit = info.uid === account.uid ? 0o100 : info.gid === account.gid ? 0o010 : 0o001
      if ((info.mode & bit) === 0) return false
    }
    if (dirname(at) === at) return true
  }
}
