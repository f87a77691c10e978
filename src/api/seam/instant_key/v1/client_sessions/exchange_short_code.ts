import { createHash } from 'node:crypto'
import { ChangeSet } from '../../../../../domain/changes.ts'
import { presentClientSession } from '../../../../../domain/present/client-session.ts'
import { ApiError, errors } from '../../../../errors.ts'
import { operation } from '../../../../operation.ts'
import { FOR_ANYONE, requireKey } from '../../access.ts'

interface Params {
  short_code: string
  /** A secret that the browser keeps. The same one again is the same device; without one, every exchange is a new device. */
  client_id?: string
}

/**
 * Turns the short code of a link into the client session behind it. Each new device counts as one use; a device that
 * was let in may come again as long as the key lives.
 */
export const exchangeShortCode = operation<Params>({
  path: '/seam/instant_key/v1/client_sessions/exchange_short_code',
  contract: {
    ...FOR_ANYONE,
    response_key: 'client_session',
    request: {
      type: 'object',
      properties: {
        short_code: { type: 'string', minLength: 1, maxLength: 64 },
        client_id: { type: 'string', minLength: 16, maxLength: 128 },
      },
      required: ['short_code'],
    },
  },
  async handle({ short_code, client_id }, call) {
    const { store, workspaces, sealer, ids } = call.services
    const found = await requireKey(call, short_code)
    const { workspace_id, instant_key_id } = found
    const device = createHash('sha256')
      .update(client_id ?? ids.uuid())
      .digest('base64url')
    const now = await workspaces.nowIso(workspace_id)
    const session = await store.decide(
      workspace_id,
      () => now,
      async () => {
        const key = await store.get(workspace_id, 'instant_key', 'instant_key_id', instant_key_id)
        if (key === undefined) throw errors.notFound('instant_key', {})
        if (key.expires_at <= now)
          throw new ApiError(
            410,
            'instant_key_expired',
            'This Instant Key has expired. Ask for a new link; it is made with /user_identities/generate_instant_key.',
          )
        const session = await store.get(workspace_id, 'client_session', 'client_session_id', key.client_session_id)
        if (session === undefined || session.revoked_at !== null) throw errors.notFound('instant_key', {})
        const changes = new ChangeSet()
        if (!key.admitted_clients.includes(device)) {
          if (key.admitted_clients.length >= key.max_use_count) {
            throw new ApiError(
              410,
              'instant_key_used',
              'This Instant Key has been opened on as many devices as it may be. Ask for a new link; it is made with /user_identities/generate_instant_key, which takes a max_use_count.',
            )
          }
          const { version } = key
          const admitted_clients = [...key.admitted_clients, device]
          changes.update('instant_key', 'instant_key_id', { instant_key_id, version, admitted_clients })
        }
        return { changes, result: session }
      },
    )
    return { client_session: presentClientSession(session, sealer.open(session.token_sealed)) }
  },
})
