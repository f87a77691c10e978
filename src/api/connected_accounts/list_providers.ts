import { isAsked } from '../../systems/kit/login.ts'
import { operation } from '../operation.ts'

/** The systems that can be connected, and what each asks for. `sandbox_value`: the one value a virtual system takes. */
export const listProviders = operation<object>({
  path: '/connected_accounts/list_providers',
  contract: {
    methods: ['POST'],
    security: ['api_key', 'pat_with_workspace'],
    response_key: 'providers',
    request: { type: 'object', properties: {} },
    documented: false,
  },
  async handle(_params, call) {
    const { is_sandbox } = call.workspace
    const providers = call.services.provisioning.definitions().filter((one) => is_sandbox || one.speaksMakersWire)
    return {
      providers: providers.map((definition) => ({
        provider: definition.provider,
        display_name: definition.display_name,
        external_type: definition.system_type,
        is_credential_manager: definition.isCredentialManager === true,
        login_fields: definition.setup.map((field) => ({
          name: field.name,
          label: field.label,
          kind: field.kind,
          is_required: field.isRequired && isAsked(definition, field, {}),
          ...(field.when === undefined ? {} : { asked_when: { [field.when.field]: field.when.is } }),
          ...(field.choices === undefined ? {} : { choices: field.choices }),
          is_secret: field.kind === 'secret',
          help: field.help ?? null,
          ...(is_sandbox ? { example: field.example, sandbox_value: field.sandboxValue ?? null } : {}),
        })),
      })),
    }
  },
})
