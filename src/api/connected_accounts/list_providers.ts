import { carriesDoors, hasGroups, type SystemDefinition } from '../../systems/kit/definition.ts'
import { isAsked } from '../../systems/kit/login.ts'
import { operation } from '../operation.ts'

/** What a form must know of a system before it is sent; `card_wishes` are parameters of create and of scanning. */
function factsOf(definition: SystemDefinition): object {
  const { metadataKey, cardWishes: { unknownCard, furtherCard, stay } = {} } = definition
  const wish = (words: object | undefined): object | null =>
    words === undefined || metadataKey === undefined ? null : { [metadataKey]: words }
  return {
    access_methods: definition.modes,
    entrances_on_credentials: !carriesDoors(definition) ? 'none' : hasGroups(definition) ? 'optional' : 'required',
    has_access_groups: hasGroups(definition),
    has_user_schedules: definition.hasUserSchedule,
    card_issuance: definition.card ?? null,
    device_type: definition.doorsAreDevices?.type ?? null,
    takes_custom_codes: definition.pin?.maker === 'caller',
    card_wishes: {
      unknown_card: wish(unknownCard),
      further_card: wish(furtherCard),
      override: wish(stay && { ...furtherCard, ...stay.override }),
      auto_join: wish(stay && { ...furtherCard, ...stay.autoJoin }),
    },
  }
}

/**
 * The systems that can be connected, what each asks for, and what sets it apart. `sandbox_value`: the one value a virtual
 * system takes.
 */
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
        ...factsOf(definition),
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
