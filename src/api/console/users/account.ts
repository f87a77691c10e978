/** What the operations on one's own account share. */
import { ConstraintViolation } from '../../../store/store.ts'
import { accountById, type Account } from '../../../store/users.ts'
import { errors } from '../../errors.ts'
import { addressOf } from '../../limits.ts'
import type { Call } from '../../operation.ts'
import { signedIn } from '../contract.ts'

export async function ownAccount(call: Call): Promise<Account> {
  const account = await accountById(call.services.store, signedIn(call).userId)
  if (account === undefined) throw errors.unauthorized()
  return account
}

/** A stolen session alone changes nothing by which its owner gets back in. @throws ApiError 400, or 429 after too many tries */
export async function proveCurrentPassword(call: Call, account: Account, password: string | undefined): Promise<void> {
  if (password === undefined) throw errors.invalidField('current_password', 'Required')
  const attempt = { emailAddress: account.email_address, address: addressOf(call.address, call.headers) }
  if (!(await call.services.passwords.check(account, password, attempt)))
    throw errors.invalidField('current_password', 'This is not your password')
}

/** Runs `write`; an e-mail address that another account has becomes a 409. */
export async function withOwnAddress<T>(emailAddress: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof ConstraintViolation) || error.constraint !== 'app_user_email_unique') throw error
    throw errors.alreadyExists(
      'user',
      'Another account has this e-mail address: sign in with it, or choose another one.',
      {
        email_address: emailAddress,
      },
    )
  }
}
