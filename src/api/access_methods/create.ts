import type { GrantFacts } from '../../domain/grants/facts.ts'
import type { MethodRequest } from '../../domain/grants/materialise.ts'
import type { AccessMethodRecord } from '../../domain/records.ts'
import { requireLivingGrant } from '../access_grants/access.ts'
import { requestMethods } from '../access_grants/request_access_methods.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { showMethods } from './access.ts'

type Params = MethodRequest & { access_grant_id: string }

/** Named in the guides alone (core.md 6.7): one requested method, answered with what came of it. */
export const createAccessMethod = operation<Params>({
  path: '/access_methods/create',
  contract: {
    methods: ['POST'],
    security: ['api_key', 'pat_with_workspace', 'console_session_with_workspace'],
    response_key: 'access_method',
    request: {
      type: 'object',
      properties: {
        access_grant_id: { type: 'string', format: 'uuid' },
        mode: { type: 'string', enum: ['code', 'card', 'mobile_key', 'cloud_key'] },
        code: { type: 'string', pattern: '^\\d+$', minLength: 4, maxLength: 9 },
        instant_key_max_use_count: { type: 'integer', minimum: 1 },
      },
      required: ['access_grant_id', 'mode'],
    },
    paginated: false,
    documented: false,
  },
  async handle({ access_grant_id, mode, code, instant_key_max_use_count }, call) {
    const grant = await requireLivingGrant(call, { access_grant_id })
    const request: MethodRequest = {
      mode,
      ...(code === undefined ? {} : { code }),
      ...(instant_key_max_use_count === undefined ? {} : { instant_key_max_use_count }),
    }
    const facts = await requestMethods(call, grant.access_grant_id, [request], (after) => {
      if (madeLast(after) !== undefined) return
      const reason = after.grant.errors.at(-1)?.message ?? 'None of its doors takes this mode: name another one.'
      throw errors.invalidField('mode', `No access method could be made. ${reason}`)
    })
    const method = madeLast(facts)
    const [access_method] = await showMethods(call, method === undefined ? [] : [method])
    return { access_method }
  },
})

function madeLast(facts: Pick<GrantFacts, 'grant' | 'methods'>): AccessMethodRecord | undefined {
  const [made] = facts.grant.requested_access_methods.at(-1)?.created_access_method_ids ?? []
  return facts.methods.find((one) => one.access_method_id === made)
}
