import { useNavigate } from 'react-router'
import { useCommand } from '../../api/queries.ts'
import type { AcsSystem } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { DateTimeField, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { browserZone, toInstant } from '../../kit/times.ts'
import { userHref } from '../shared/links.ts'
import { useFacts } from '../shared/systems.ts'

export function AddUserDialog({
  system,
  isOpen,
  onClose,
}: {
  system: AcsSystem
  isOpen: boolean
  onClose: () => void
}) {
  const create = useCommand('/acs/users/create', ['acs_system'])
  const navigate = useNavigate()
  const hasSchedules = useFacts(system.external_type)?.has_user_schedules === true
  const submit = async (values: FormData): Promise<void> => {
    const { acs_user } = await create.mutateAsync({
      acs_system_id: system.acs_system_id,
      full_name: textOf(values, 'full_name') ?? '',
      email_address: textOf(values, 'email_address'),
      phone_number: textOf(values, 'phone_number'),
      ...scheduleOf(values),
    })
    await navigate(userHref(acs_user))
  }
  return (
    <Dialog title="Add New User" isOpen={isOpen} onClose={onClose}>
      <ActionForm submitLabel="Continue" onCancel={onClose} onSubmit={submit}>
        <TextField label="Full name" name="full_name" isRequired autoFocus />
        <TextField label="E-mail address" name="email_address" type="email" hint="Unique in the access system." />
        <TextField label="Phone number" name="phone_number" type="tel" hint="With the country’s code: +49 30 123456." />
        {hasSchedules && (
          <>
            <DateTimeField
              label={`Start date (${browserZone})`}
              name="access_schedule.starts_at"
              hint="Without one, access begins at once."
            />
            <DateTimeField label={`End date (${browserZone})`} name="access_schedule.ends_at" />
          </>
        )}
      </ActionForm>
    </Dialog>
  )
}

/** The two date fields as `access_schedule`, where either is filled in. */
export function scheduleOf(values: FormData): { access_schedule?: { starts_at?: string; ends_at: string | null } } {
  const starts = textOf(values, 'access_schedule.starts_at')
  const ends = textOf(values, 'access_schedule.ends_at')
  if (starts === undefined && ends === undefined) return {}
  return {
    access_schedule: {
      ...(starts === undefined ? {} : { starts_at: toInstant(starts) }),
      ends_at: ends === undefined ? null : toInstant(ends),
    },
  }
}
