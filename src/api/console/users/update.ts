import { updateAccount } from '../../../store/users.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'
import { operation } from '../../operation.ts'
import { consoleContract, EMAIL, PASSWORD, TEXT } from '../contract.ts'
import { presentUser } from '../sessions/present.ts'
import { ownAccount, proveCurrentPassword, withOwnAddress } from './account.ts'

/** Changes one's own name or e-mail address; the latter, with which one signs in, by `current_password` alone. */
export const updateUser = operation<{ full_name?: string; email_address?: string; current_password?: string }>({
  path: '/console/users/update',
  contract: consoleContract('user', 'user', [], { full_name: TEXT, email_address: EMAIL, current_password: PASSWORD }),
  async handle(params, call) {
    refuseBlankKey('full_name', params.full_name)
    const account = await ownAccount(call)
    const { full_name = account.full_name, email_address = account.email_address } = params
    if (email_address !== account.email_address) await proveCurrentPassword(call, account, params.current_password)
    const changed = { ...account, full_name, email_address }
    await withOwnAddress(email_address, () => updateAccount(call.services.store, changed))
    return { user: presentUser(changed) }
  },
})
