/** Who, where, when and how, in one form. What was answered for one question narrows the next: doors decide which keys there can be. */
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useAnswer, useCommand } from '../../api/queries.ts'
import type { AcsEntrance, UserIdentity } from '../../api/routes.ts'
import { useEntrancesOf } from '../shared/doors-of-spaces.ts'
import { EntrancePicker } from '../shared/entrance-picker.tsx'
import { Checkbox, Checkboxes, DateTimeField, Radios, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Page, Section } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { PersonPicker } from '../shared/person-picker.tsx'
import { browserZone, toInstant } from '../../kit/times.ts'
import { toast } from '../../kit/toasts.ts'
import styles from './create.module.css'
import { canOpen, MODES, MODE_HINTS, MODE_NAMES, type Mode } from './modes.ts'
import { useZone } from './zone.ts'

export default function CreateAccessGrantPage() {
  const navigate = useNavigate()
  const create = useCommand('/access_grants/create', ['user_identity', 'acs_user', 'space'])
  const [who, setWho] = useState<'new' | 'known'>('new')
  const [person, setPerson] = useState<UserIdentity | null>(null)
  const [entrances, setEntrances] = useState<AcsEntrance[]>([])
  const [spaceIds, setSpaceIds] = useState<string[]>([])
  const [modes, setModes] = useState<Mode[]>([])
  const [isOpenEnded, setOpenEnded] = useState(false)
  const inSpaces = useEntrancesOf(spaceIds)
  const doors = [...entrances, ...inSpaces]
  const zone = useZone(doors)

  const submit = async (values: FormData): Promise<void> => {
    const instant = (name: string): string | undefined => {
      const text = textOf(values, name)
      return text === undefined ? undefined : toInstant(text, zone)
    }
    const params = {
      ...(who === 'known'
        ? { user_identity_id: person?.user_identity_id ?? '' }
        : {
            user_identity: {
              full_name: textOf(values, 'user_identity.full_name'),
              email_address: textOf(values, 'user_identity.email_address'),
              phone_number: textOf(values, 'user_identity.phone_number'),
            },
          }),
      acs_entrance_ids: entrances.map(({ acs_entrance_id }) => acs_entrance_id),
      space_ids: spaceIds,
      starts_at: instant('starts_at'),
      ends_at: isOpenEnded ? null : instant('ends_at'),
      requested_access_methods: modes.map((mode) => ({
        mode,
        ...(mode === 'code' ? { code: textOf(values, 'code') } : {}),
        ...(mode === 'mobile_key' ? { instant_key_max_use_count: Number(textOf(values, 'phones') ?? 1) } : {}),
      })),
      name: textOf(values, 'name'),
      access_grant_key: textOf(values, 'access_grant_key'),
      reservation_key: textOf(values, 'reservation_key'),
    }
    const { access_grant } = await create.mutateAsync(params)
    toast('Access granted')
    void navigate(`/access-grants/${access_grant.access_grant_id}`)
  }

  return (
    <Page title="New Access Grant" crumbs={[{ label: 'Access Grants', href: '/access-grants' }]}>
      <div className={styles.form}>
        <ActionForm
          submitLabel="Grant access"
          isDisabled={doors.length === 0 && spaceIds.length === 0}
          onCancel={() => void navigate('/access-grants')}
          onSubmit={submit}
        >
          <Section title="Who">
            <Radios
              label="Person"
              options={[
                { id: 'new', label: 'Somebody new' },
                { id: 'known', label: 'Somebody known' },
              ]}
              value={who}
              onChange={(id) => setWho(id as typeof who)}
            />
            {who === 'known' ? (
              <PersonPicker label="Name" name="user_identity_id" value={person} onChange={setPerson} />
            ) : (
              <div className={styles.row}>
                <TextField label="Full name" name="user_identity.full_name" isRequired autoComplete="off" />
                <TextField label="E-mail address" name="user_identity.email_address" type="email" autoComplete="off" />
                <TextField
                  label="Telephone number"
                  name="user_identity.phone_number"
                  type="tel"
                  autoComplete="off"
                  hint="With country code: +15551234567"
                />
              </div>
            )}
          </Section>
          <Section title="Where">
            <SpaceChoice value={spaceIds} onChange={setSpaceIds} />
            <EntrancePicker label="Doors" value={entrances} onChange={setEntrances} />
          </Section>
          <Section title="When">
            <div className={styles.row}>
              <DateTimeField
                label="Starts"
                name="starts_at"
                hint={zone === browserZone ? 'Empty: at once.' : `Empty: at once. Times are those of ${zone}.`}
              />
              <DateTimeField label="Ends" name="ends_at" isDisabled={isOpenEnded} isRequired={!isOpenEnded} />
            </div>
            <Checkbox isSelected={isOpenEnded} onChange={setOpenEnded}>
              Without an end
            </Checkbox>
          </Section>
          <Section title="How">
            <ModeChoice doors={doors} value={modes} onChange={setModes} />
          </Section>
          <Section title="Names and keys">
            <div className={styles.row}>
              <TextField label="Name" name="name" hint="Empty: the person and the door." />
              <TextField
                label="Reservation key"
                name="reservation_key"
                isMono
                hint="The same for everybody of one booking. Rooms that can be booked need it."
              />
              <TextField
                label="Access grant key"
                name="access_grant_key"
                isMono
                hint="Your own name for this grant; each is used once."
              />
            </div>
          </Section>
        </ActionForm>
      </div>
    </Page>
  )
}

function SpaceChoice({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { data } = useAnswer('/spaces/list', {})
  const spaces = data?.spaces ?? []
  if (spaces.length === 0) return null
  return (
    <div className={styles.spaces}>
      <Checkboxes
        label="Spaces"
        name="space_ids"
        hint="Every door of a space, now and later."
        options={spaces.map(({ space_id, name, acs_entrance_count }) => ({
          id: space_id,
          label: name,
          hint: acs_entrance_count === 1 ? '1 door' : `${String(acs_entrance_count)} doors`,
        }))}
        value={value}
        onChange={onChange}
      />
    </div>
  )
}

function ModeChoice({
  doors,
  value,
  onChange,
}: {
  doors: readonly AcsEntrance[]
  value: Mode[]
  onChange: (modes: Mode[]) => void
}) {
  const able = (mode: Mode): number => doors.filter((door) => canOpen(door, mode)).length
  const partial = value.filter((mode) => doors.length > 0 && able(mode) < doors.length)
  return (
    <>
      <Checkboxes
        label="Keys"
        name="requested_access_methods"
        options={MODES.map((mode) => ({
          id: mode,
          label: MODE_NAMES[mode],
          hint:
            doors.length > 0 && able(mode) === 0 ? 'None of the chosen doors can be opened this way' : MODE_HINTS[mode],
        }))}
        value={value}
        onChange={(ids) => onChange(MODES.filter((mode) => ids.includes(mode)))}
      />
      {partial.map((mode) => (
        <Notice key={mode} tone="warn" title={`${MODE_NAMES[mode]}: not for every door`}>
          <p>
            It will open {able(mode)} of the {doors.length} chosen doors. The others are left out:{' '}
            {doors
              .filter((door) => !canOpen(door, mode))
              .map(({ display_name }) => display_name)
              .join(', ')}
            .
          </p>
        </Notice>
      ))}
      {value.includes('code') && (
        <TextField
          label="PIN wished for"
          name="code"
          isMono
          inputMode="numeric"
          autoComplete="off"
          hint="4 to 9 digits. Empty, or where it is taken, one is made."
        />
      )}
      {value.includes('mobile_key') && (
        <TextField
          label="Phones that may open the Instant Key"
          name="phones"
          type="number"
          defaultValue="1"
          hint="Each phone or browser that opens the link takes one."
        />
      )}
    </>
  )
}
