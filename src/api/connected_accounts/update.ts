import { ChangeSet } from '../../domain/changes.ts'
import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { requireConnectedAccount } from './access.ts'

interface Params {
  connected_account_id: string
  accepted_capabilities?: string[]
  automatically_manage_new_devices?: boolean
  /** Replaces what is there; a null value leaves that key out. */
  custom_metadata?: Record<string, string | boolean | null>
  customer_key?: string
  display_name?: string
}

/** At most this many pairs of custom metadata, each key at most this long (access-systems.md 9.1). */
const MOST_PAIRS = 50
const LONGEST_KEY = 40

export const updateConnectedAccount = operation<Params>({
  path: '/connected_accounts/update',
  async handle(params, call) {
    const {
      connected_account_id,
      accepted_capabilities,
      automatically_manage_new_devices,
      customer_key,
      display_name,
    } = params
    const custom_metadata = params.custom_metadata === undefined ? undefined : readMetadata(params.custom_metadata)
    const account = await call.decide(async () => {
      const existing = await requireConnectedAccount(call, { connected_account_id })
      const given = {
        ...(accepted_capabilities === undefined ? {} : { accepted_capabilities }),
        ...(automatically_manage_new_devices === undefined ? {} : { automatically_manage_new_devices }),
        ...(custom_metadata === undefined ? {} : { custom_metadata }),
        ...(customer_key === undefined ? {} : { customer_key }),
        ...(display_name === undefined ? {} : { display_name }),
      }
      const changes = new ChangeSet()
      if (Object.keys(given).length > 0) {
        const { connected_account_id, version } = existing
        changes.update('connected_account', 'connected_account_id', { connected_account_id, version, ...given })
      }
      return { changes, result: { ...existing, ...given } }
    })
    return { connected_account: presentConnectedAccount(account) }
  },
})

/** Custom metadata as it is kept. @throws ApiError for too many pairs or a key that cannot be */
export function readMetadata(given: Record<string, string | boolean | null>): Record<string, string | boolean> {
  const kept = Object.entries(given).filter((pair): pair is [string, string | boolean] => pair[1] !== null)
  if (kept.length > MOST_PAIRS) {
    throw errors.invalidField('custom_metadata', `Must have at most ${String(MOST_PAIRS)} pairs`)
  }
  const wrong = kept.find(([key]) => key.length > LONGEST_KEY || key.includes('.'))
  if (wrong !== undefined) {
    const rule = `Keys must have at most ${String(LONGEST_KEY)} characters and no dot`
    throw errors.invalidInput({ path: ['custom_metadata', wrong[0]], message: rule })
  }
  return Object.fromEntries(kept)
}
