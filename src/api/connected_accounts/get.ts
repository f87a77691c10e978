import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import { operation } from '../operation.ts'
import { requireConnectedAccount } from './access.ts'

export const getConnectedAccount = operation<{ connected_account_id?: string; email?: string }>({
  path: '/connected_accounts/get',
  async handle({ connected_account_id, email }, call) {
    const by = connected_account_id !== undefined ? { connected_account_id } : { email: email ?? '' }
    return { connected_account: presentConnectedAccount(await requireConnectedAccount(call, by)) }
  },
})
