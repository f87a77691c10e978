/** Giving a user a credential, step by step: what kind, which doors (where the system takes them here), from when to when. */
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsSystem, AcsUser } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { DateTimeField, Radios, Select, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { Picker } from '../../kit/picker.tsx'
import { Notice } from '../../kit/problem.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { browserZone, toInstant } from '../../kit/times.ts'
import { toast } from '../../kit/toasts.ts'
import { credentialHref } from '../shared/links.ts'
import { entrancesOf, searched } from '../shared/lists.ts'
import { MODES, factsOf, useProviders, type CredentialMode, type SystemFacts } from '../shared/systems.ts'

interface FlowProps {
  user: AcsUser
  system: AcsSystem
  onClose: () => void
}

export function AddCredentialDialog({ isOpen, ...props }: FlowProps & { isOpen: boolean }) {
  return (
    <Dialog title={`Add Credential for ${props.user.display_name}`} isOpen={isOpen} onClose={props.onClose}>
      <Known {...props} />
    </Dialog>
  )
}

/** What is asked depends on the kind of system. */
function Known(props: FlowProps) {
  return (
    <Loaded query={useProviders()}>
      {(all) => {
        const facts = factsOf(all, props.system.external_type)
        if (facts === undefined)
          return <Notice tone="bad">This server does not know this kind of access system any more.</Notice>
        return <Flow {...props} facts={facts} />
      }}
    </Loaded>
  )
}

interface FlowOfKind extends FlowProps {
  facts: SystemFacts
}

type Step = 'kind' | 'doors' | 'times'

function Flow({ user, system, facts, onClose }: FlowOfKind) {
  const [step, setStep] = useState<Step>('kind')
  const [mode, setMode] = useState<CredentialMode | null>(null)
  const [doors, setDoors] = useState<string[]>([])
  const hasDoors = facts.entrances_on_credentials !== 'none'
  switch (step) {
    case 'kind':
      return (
        <ActionForm
          submitLabel="Continue"
          isDisabled={mode === null}
          onCancel={onClose}
          onSubmit={() => {
            setStep(hasDoors ? 'doors' : 'times')
            return Promise.resolve()
          }}
        >
          <Radios
            label="Choose type of credential"
            options={MODES.filter(({ id }) => facts.access_methods.includes(id))}
            value={mode}
            onChange={(id) => setMode(id as CredentialMode)}
          />
        </ActionForm>
      )
    case 'doors':
      return (
        <Doors
          user={user}
          mode={mode ?? 'card'}
          isRequired={facts.entrances_on_credentials === 'required'}
          chosen={doors}
          onChoose={setDoors}
          onBack={() => setStep('kind')}
          onDone={() => setStep('times')}
        />
      )
    case 'times':
      return (
        <Times
          user={user}
          system={system}
          facts={facts}
          mode={mode ?? 'card'}
          doors={doors}
          onBack={() => setStep(hasDoors ? 'doors' : 'kind')}
          onClose={onClose}
        />
      )
  }
}

interface DoorsProps {
  user: AcsUser
  mode: CredentialMode
  /** False: doors can come from access groups as well. */
  isRequired: boolean
  chosen: string[]
  onChoose: (ids: string[]) => void
  onBack: () => void
  onDone: () => void
}

function Doors({ user, mode, isRequired, chosen, onChoose, onBack, onDone }: DoorsProps) {
  const search = useLocalSearch()
  const params = { acs_system_id: user.acs_system_id, ...searched(search.settled) }
  const all = useList('/acs/entrances/list', params, entrancesOf)
  // Only doors that take this kind of credential: the others would be refused.
  const list = { ...all, rows: all.rows.filter((entrance) => entrance[`can_unlock_with_${mode}`] === true) }
  return (
    <ActionForm
      submitLabel="Continue"
      cancelLabel="Back"
      isDisabled={isRequired && chosen.length === 0}
      onCancel={onBack}
      onSubmit={() => {
        onDone()
        return Promise.resolve()
      }}
    >
      <h3>Select entrances for {user.display_name}</h3>
      <Picker
        label="Entrances"
        list={list}
        search={{ ...search, label: 'Search entrances' }}
        rowId={(entrance) => entrance.acs_entrance_id}
        rowName={(entrance) => entrance.display_name}
        rowHint={(entrance) => (entrance.can_belong_to_reservation === true ? 'Guest door' : undefined)}
        isMultiple
        chosen={chosen}
        onChoose={onChoose}
        none="No entrance of this system takes this kind of credential."
      />
    </ActionForm>
  )
}

interface TimesProps extends FlowOfKind {
  mode: CredentialMode
  doors: string[]
  onBack: () => void
}

function Times(props: TimesProps) {
  const { system, mode } = props
  const { acs_system_id } = system
  const query = useAnswer(
    '/acs/systems/list_compatible_credential_manager_acs_systems',
    mode === 'mobile_key' ? { acs_system_id } : null,
  )
  if (mode !== 'mobile_key') return <TimesForm {...props} managers={[]} />
  return <Loaded query={query}>{({ acs_systems }) => <TimesForm {...props} managers={acs_systems} />}</Loaded>
}

interface TimesFormProps extends Omit<TimesProps, 'onClose'> {
  managers: AcsSystem[]
}

const STAYS = [
  { id: 'auto_join', label: 'As it fits', hint: 'Joins the stay that is on these doors, or begins one' },
  { id: 'override', label: 'New stay', hint: 'Ends older guest cards of these doors when first used' },
  { id: 'none', label: 'Say nothing', hint: 'Only for systems and doors that know no stays' },
]

function TimesForm({ user, system, facts, mode, doors, managers, onBack }: TimesFormProps) {
  const create = useCommand('/acs/credentials/create', ['acs_user'])
  const navigate = useNavigate()
  const [stay, setStay] = useState('auto_join')
  const [manager, setManager] = useState<string | null>(
    system.default_credential_manager_acs_system_id ?? managers[0]?.acs_system_id ?? null,
  )
  const { further_card, override, auto_join } = facts.card_wishes
  const asksForStay = mode === 'card' && override !== null
  const wishes = stay === 'override' ? override : stay === 'auto_join' ? auto_join : null
  const submit = async (values: FormData): Promise<void> => {
    const starts = textOf(values, 'starts_at')
    const ends = textOf(values, 'ends_at')
    const { acs_credential } = await create.mutateAsync({
      acs_user_id: user.acs_user_id,
      access_method: mode,
      ...(doors.length > 0 ? { allowed_acs_entrance_ids: doors } : {}),
      ...(starts === undefined ? {} : { starts_at: toInstant(starts) }),
      ...(ends === undefined ? {} : { ends_at: toInstant(ends) }),
      ...(mode === 'code' ? { code: textOf(values, 'code') } : {}),
      ...(mode === 'mobile_key' ? { is_multi_phone_sync_credential: true } : {}),
      ...(mode === 'mobile_key' && manager !== null ? { credential_manager_acs_system_id: manager } : {}),
      ...(mode === 'card' ? (wishes ?? further_card) : {}),
    })
    toast('Credential created')
    await navigate(credentialHref(acs_credential))
  }
  return (
    <ActionForm submitLabel="Done" cancelLabel="Back" onCancel={onBack} onSubmit={submit}>
      <h3>Enter start &amp; end time</h3>
      <DateTimeField label={`Start (${browserZone})`} name="starts_at" hint="Without one, it begins at once." />
      <DateTimeField label={`End (${browserZone})`} name="ends_at" hint="Without one, it does not end by itself." />
      {mode === 'code' && !facts.takes_custom_codes && <p>{facts.display_name} makes the PIN itself.</p>}
      {mode === 'code' && facts.takes_custom_codes && (
        <TextField
          label="PIN"
          name="code"
          inputMode="numeric"
          autoComplete="off"
          isMono
          hint="Leave it empty and the system’s rules make one."
        />
      )}
      {mode === 'mobile_key' && managers.length > 0 && (
        <Select
          label="Credential manager"
          options={managers.map(({ acs_system_id, name }) => ({ id: acs_system_id, label: name }))}
          value={manager}
          onChange={setManager}
          hint="Carries the key to the phone."
        />
      )}
      {mode === 'mobile_key' && user.user_identity_id === undefined && (
        <Notice tone="warn">
          <p>This user has no user identity: phones belong to those, so nobody can carry this key yet.</p>
        </Notice>
      )}
      {asksForStay && <Radios label="Stay" options={STAYS} value={stay} onChange={setStay} />}
    </ActionForm>
  )
}
