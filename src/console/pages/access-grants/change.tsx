/** Dialogs that change a grant: its times, its doors, further keys, and its end. */
import { useState } from 'react'
import { useCommand } from '../../api/queries.ts'
import type { AccessGrant, AcsEntrance } from '../../api/routes.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { Checkbox, DateTimeField, Select, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Notice } from '../../kit/problem.tsx'
import { toInstant, toLocal } from '../../kit/times.ts'
import { toast } from '../../kit/toasts.ts'
import { EntrancePicker } from '../shared/entrance-picker.tsx'
import { canOpen, MODES, MODE_NAMES, type Mode } from './modes.ts'

interface ChangeProps {
  grant: AccessGrant
  onClose: () => void
}

const TOUCHED = ['acs_credential', 'acs_user', 'acs_entrance', 'space']

/** Longer, shorter, earlier or later. */
export function ChangeTimes({ grant, zone, onClose }: ChangeProps & { zone: string }) {
  const update = useCommand('/access_grants/update', TOUCHED)
  const [isOpenEnded, setOpenEnded] = useState(grant.ends_at === null)
  return (
    <Dialog title="Change times" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Change times"
        onCancel={onClose}
        onSubmit={async (values) => {
          const starts = textOf(values, 'starts_at')
          const ends = textOf(values, 'ends_at')
          // What was not touched is left out: a field shows minutes, the grant may have seconds.
          const isSame = (text: string | undefined, instant: string | null): boolean =>
            text !== undefined && instant !== null && text === toLocal(instant, zone)
          await update.mutateAsync({
            access_grant_id: grant.access_grant_id,
            ...(starts === undefined || isSame(starts, grant.starts_at) ? {} : { starts_at: toInstant(starts, zone) }),
            ...(isOpenEnded
              ? { ends_at: null }
              : ends === undefined || isSame(ends, grant.ends_at)
                ? {}
                : { ends_at: toInstant(ends, zone) }),
          })
          onClose()
          toast('Times changed')
        }}
      >
        <p>Times are those of {zone}.</p>
        <DateTimeField label="Starts" name="starts_at" defaultValue={toLocal(grant.starts_at, zone)} isRequired />
        <DateTimeField
          label="Ends"
          name="ends_at"
          defaultValue={grant.ends_at === null ? '' : toLocal(grant.ends_at, zone)}
          isDisabled={isOpenEnded}
          isRequired={!isOpenEnded}
        />
        <Checkbox isSelected={isOpenEnded} onChange={setOpenEnded}>
          Without an end
        </Checkbox>
        <Notice tone="info">
          <p>PINs and mobile keys follow by themselves. Cards that were encoded have to be encoded again.</p>
        </Notice>
      </ActionForm>
    </Dialog>
  )
}

/** To other doors: a guest who changes rooms. */
export function ChangeDoors({
  grant,
  entrances,
  onClose,
}: ChangeProps & {
  /** The doors that the grant names itself, without those of its spaces. */
  entrances: readonly AcsEntrance[]
}) {
  const update = useCommand('/access_grants/update', TOUCHED)
  const [chosen, setChosen] = useState<AcsEntrance[]>([...entrances])
  return (
    <Dialog title="Change doors" isOpen onClose={onClose} size="large">
      <ActionForm
        submitLabel="Change doors"
        isDisabled={chosen.length === 0 && grant.space_ids.length === 0}
        onCancel={onClose}
        onSubmit={async () => {
          const acs_entrance_ids = chosen.map(({ acs_entrance_id }) => acs_entrance_id)
          // Beside the published parameters, as the documents have it (core.md 6.8).
          const params = { access_grant_id: grant.access_grant_id, acs_entrance_ids }
          await update.mutateAsync(params)
          onClose()
          toast('Doors changed')
        }}
      >
        <EntrancePicker label="Doors" value={chosen} onChange={setChosen} />
        {grant.space_ids.length > 0 && <p>The doors of its spaces stay as they are.</p>}
      </ActionForm>
    </Dialog>
  )
}

/** One more key for the same person, doors and times. */
export function AddMethod({ grant, doors, onClose }: ChangeProps & { doors: readonly AcsEntrance[] }) {
  const request = useCommand('/access_grants/request_access_methods', TOUCHED)
  const possible = MODES.filter((mode) => doors.some((door) => canOpen(door, mode)))
  const [mode, setMode] = useState<Mode | null>(possible[0] ?? null)
  return (
    <Dialog title="Add a key" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Add"
        isDisabled={mode === null}
        onCancel={onClose}
        onSubmit={async (values) => {
          if (mode === null) return
          const code = textOf(values, 'code')
          const phones = textOf(values, 'phones')
          await request.mutateAsync({
            access_grant_id: grant.access_grant_id,
            requested_access_methods: [
              {
                mode,
                ...(mode === 'code' && code !== undefined ? { code } : {}),
                ...(mode === 'mobile_key' ? { instant_key_max_use_count: Number(phones ?? 1) } : {}),
              },
            ],
          })
          onClose()
          toast(`${MODE_NAMES[mode]} added`)
        }}
      >
        <Select
          label="Key"
          name="requested_access_methods"
          options={possible.map((id) => ({ id, label: MODE_NAMES[id] }))}
          value={mode}
          onChange={(id) => setMode(id as Mode)}
        />
        {mode === 'code' && (
          <TextField
            label="PIN wished for"
            name="code"
            isMono
            inputMode="numeric"
            autoComplete="off"
            hint="4 to 9 digits. Empty, or where it is taken, one is made."
          />
        )}
        {mode === 'mobile_key' && (
          <TextField label="Phones that may open the Instant Key" name="phones" type="number" defaultValue="1" />
        )}
      </ActionForm>
    </Dialog>
  )
}

export function DeleteGrant({ grant, onClose, onDeleted }: ChangeProps & { onDeleted?: () => void }) {
  const remove = useCommand('/access_grants/delete', TOUCHED)
  return (
    <Confirm
      title={`Delete “${grant.display_name}”?`}
      isOpen
      onClose={onClose}
      confirmLabel="Delete"
      isDangerous
      onConfirm={async () => {
        await remove.mutateAsync({ access_grant_id: grant.access_grant_id })
        toast('Access grant deleted')
        onDeleted?.()
      }}
    >
      <p>PINs, mobile keys and cloud keys stop opening at once, or as soon as their system can be reached.</p>
      <p>
        A card that was encoded for an offline door opens it until its end, or until the next guest’s card is used
        there.
      </p>
    </Confirm>
  )
}
