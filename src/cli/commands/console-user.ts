/** `console-user`: an account for the console, or a new password for one. */
import { readFile } from 'node:fs/promises'
import { toIso } from '../../clock.ts'
import { BASE58 } from '../../ids.ts'
import { hashPassword, passwordFault } from '../../store/passwords.ts'
import { insertMember, roleIn } from '../../store/team.ts'
import { accountByEmail, makeAccount, setPassword } from '../../store/users.ts'
import { systemClock, systemIds } from '../../system-clock.ts'
import { OK, UsageError, type Command, type Options } from '../command.ts'
import { openInstallation } from '../installation.ts'

export const consoleUser: Command = {
  name: 'console-user',
  summary: 'make an account for the console, or set a new password for one',
  help: `  --email-address ADDRESS   of the account; one that is not there yet is made
  --full-name NAME          for a new account
  --workspace ID            makes the account a member of this workspace ...
  --role owner|member       ... as an owner (default), or as a member
  --password-file FILE      takes the password from a file; without it one is made and printed, once

A new password ends all sessions of the account.`,
  options: {
    'email-address': { type: 'string' },
    'full-name': { type: 'string' },
    workspace: { type: 'string' },
    role: { type: 'string' },
    'password-file': { type: 'string' },
  },
  async run(options, io) {
    const email_address = options.text('email-address')?.trim()
    if (email_address === undefined || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email_address))
      throw new UsageError('--email-address is required, for example --email-address jane@example.com')
    const role = options.text('role') ?? 'owner'
    if (role !== 'owner' && role !== 'member') throw new UsageError(`--role takes owner or member, not "${role}".`)
    const workspace_id = options.id('workspace')
    const given = await passwordFrom(options)
    const password = given ?? systemIds.text(20, BASE58)
    const fault = passwordFault(password, email_address)
    if (fault !== null) throw new UsageError(`${fault}.`)

    await using installation = await openInstallation(io)
    const { store } = installation
    const now = toIso(systemClock.now())
    if (workspace_id !== undefined) {
      const known = await store.system('SELECT 1 AS known FROM workspace WHERE workspace_id = $1', [workspace_id])
      if (known.length === 0) throw new UsageError(`There is no workspace ${workspace_id}.`)
    }
    const account = await accountByEmail(store, email_address)
    const password_hash = await hashPassword(password)
    const user_id = account?.user_id ?? systemIds.uuid()
    if (account === undefined) {
      const full_name = options.text('full-name') ?? null
      await makeAccount(store, { user_id, email_address, full_name, password_hash }, now)
      await io.out(`Made the account ${email_address}.`)
    } else {
      await setPassword(store, user_id, password_hash, null)
      await io.out(`Set a new password for ${email_address}; all sessions of the account have ended.`)
    }
    if (workspace_id !== undefined) {
      const isNew = await insertMember(store, { workspace_id, user_id, role }, now)
      const stands = isNew ? role : await roleIn(store, workspace_id, user_id)
      await io.out(`The account is ${stands === 'owner' ? 'an owner' : 'a member'} of the workspace ${workspace_id}.`)
    } else if (account === undefined) {
      io.tell('The account is in no workspace yet: name one with --workspace, or make one in the console.')
    }
    if (given === null) await io.out(`Password: ${password}`)
    return OK
  },
}

/** The first line of the file that holds the password; null = one is to be made. */
async function passwordFrom(options: Options): Promise<string | null> {
  const file = options.text('password-file')
  if (file === undefined) return null
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/)[0] ?? ''
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
