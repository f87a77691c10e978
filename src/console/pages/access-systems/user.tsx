import { Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsSystem, AcsUser, Params } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { DateTimeField, TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, Section } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { Problems } from '../../kit/problems.tsx'
import { StatePill, StatusPill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { browserZone, toLocal } from '../../kit/times.ts'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { systemHref } from '../shared/links.ts'
import { credentialsOf, entrancesOf } from '../shared/lists.ts'
import { useFacts } from '../shared/systems.ts'
import { CredentialsTable, EntrancesTable } from '../shared/tables.tsx'
import { AddCredentialDialog } from './add-credential.tsx'
import { scheduleOf } from './add-user.tsx'
import { useSystem } from './crumbs.ts'
import { ManageAccessDialog, UserGroups } from './user-groups.tsx'
import { UserIdentitySection } from './user-identity.tsx'

export default function UserPage() {
  const { acs_system_id = '', acs_user_id = '', tab } = useParams()
  const { system, crumbs } = useSystem(acs_system_id, 'users')
  const query = useAnswer('/acs/users/get', { acs_user_id })
  const user = query.data?.acs_user
  return (
    <Page
      title={user?.display_name ?? 'User'}
      crumbs={crumbs}
      aside={
        user !== undefined && (
          <>
            {user.is_suspended ? <StatusPill tone="idle">Suspended</StatusPill> : <StatePill of={user} />}
            <CopyableId id={acs_user_id} what="acs_user_id" />
          </>
        )
      }
      actions={user !== undefined && system !== undefined && <UserActions user={user} system={system} />}
    >
      <Loaded query={query}>
        {({ acs_user }) => (
          <>
            <Problems of={acs_user} />
            <Details user={acs_user} />
            <UserIdentitySection user={acs_user} />
            <Tabs
              label={`Access of ${acs_user.display_name}`}
              base={`/access-systems/${acs_system_id}/users/${acs_user_id}`}
              selected={tab}
              tabs={[
                {
                  id: 'credentials',
                  label: 'Credentials',
                  content: () => <UserCredentials acsUserId={acs_user_id} />,
                },
                {
                  id: 'access-groups',
                  label: 'Access Groups',
                  content: () => <UserGroups user={acs_user} />,
                },
                {
                  id: 'entrances',
                  label: 'Entrances',
                  content: () => <UserEntrances acsUserId={acs_user_id} />,
                },
              ]}
            />
          </>
        )}
      </Loaded>
    </Page>
  )
}

type Open = 'credential' | 'access' | 'edit' | 'revoke' | 'delete' | null

function UserActions({ user, system }: { user: AcsUser; system: AcsSystem }) {
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const navigate = useNavigate()
  const { run, isPending } = useAction()
  const { acs_user_id } = user
  const suspend = useCommand('/acs/users/suspend', ['acs_credential'])
  const unsuspend = useCommand('/acs/users/unsuspend', ['acs_credential'])
  const revoke = useCommand('/acs/users/revoke_access_to_all_entrances', ['acs_credential'])
  const remove = useCommand('/acs/users/delete', ['acs_system'])
  const switchSuspension = (): void =>
    run(async () => {
      await (user.is_suspended ? unsuspend : suspend).mutateAsync({ acs_user_id })
      toast(user.is_suspended ? `${user.display_name} is no longer suspended` : `${user.display_name} is suspended`)
    })
  return (
    <>
      <Button look="primary" icon={Plus} onPress={() => setOpen('credential')}>
        Add Credential
      </Button>
      <Button onPress={() => setOpen('access')}>Manage Access</Button>
      <MoreMenu
        label={`More for ${user.display_name}`}
        actions={[
          { id: 'edit', label: 'Edit details', icon: Pencil, onAction: () => setOpen('edit') },
          {
            id: 'suspend',
            label: user.is_suspended ? 'Unsuspend' : 'Suspend',
            isDisabled: isPending,
            onAction: switchSuspension,
          },
          {
            id: 'revoke',
            label: 'Revoke access to all entrances',
            isDangerous: true,
            onAction: () => setOpen('revoke'),
          },
          { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') },
        ]}
      />
      <AddCredentialDialog user={user} system={system} isOpen={open === 'credential'} onClose={close} />
      <ManageAccessDialog user={user} isOpen={open === 'access'} onClose={close} />
      <EditUserDialog user={user} system={system} isOpen={open === 'edit'} onClose={close} />
      <Confirm
        title="Revoke access to all entrances?"
        isOpen={open === 'revoke'}
        onClose={close}
        confirmLabel="Revoke access"
        isDangerous
        onConfirm={async () => {
          await revoke.mutateAsync({ acs_user_id })
          toast(`${user.display_name} is in no access group any more`)
        }}
      >
        {user.display_name} leaves every access group and loses every door. The user and their credentials stay. Cards
        that carry their own data go on opening offline doors until they are encoded again or end.
      </Confirm>
      <Confirm
        title={`Delete ${user.display_name}?`}
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete user"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ acs_user_id })
          toast(`${user.display_name} is being deleted`)
          await navigate(systemHref(user.acs_system_id, 'users'))
        }}
      >
        The user and all their credentials in {system.name} end. Cards that carry their own data go on opening offline
        doors until they are overwritten or end.
      </Confirm>
    </>
  )
}

function Details({ user }: { user: AcsUser }) {
  return (
    <Section title="Details">
      <Facts
        facts={[
          ['Full name', user.full_name],
          ['E-mail address', user.email_address],
          ['Phone number', user.phone_number],
          ['Kind', user.external_type_display_name],
          ['Date added', <DateTime key="created" at={user.created_at} />],
          ...(user.access_schedule === undefined
            ? []
            : ([
                ['Access from', <DateTime key="from" at={user.access_schedule.starts_at} />],
                ['Access until', <DateTime key="until" at={user.access_schedule.ends_at} none="no end" />],
              ] as const)),
        ]}
      />
    </Section>
  )
}

function EditUserDialog({
  user,
  system,
  isOpen,
  onClose,
}: {
  user: AcsUser
  system: AcsSystem
  isOpen: boolean
  onClose: () => void
}) {
  const update = useCommand('/acs/users/update')
  const hasSchedules = useFacts(system.external_type)?.has_user_schedules === true
  const schedule = user.access_schedule
  const submit = async (values: FormData): Promise<void> => {
    await update.mutateAsync({
      acs_user_id: user.acs_user_id,
      full_name: textOf(values, 'full_name'),
      email_address: textOf(values, 'email_address'),
      phone_number: textOf(values, 'phone_number'),
      // Both fields emptied clear the schedule.
      ...(hasSchedules ? { access_schedule: null, ...scheduleOf(values) } : {}),
    } as Params<'/acs/users/update'>)
    toast('User saved')
    onClose()
  }
  return (
    <Dialog title={`Edit ${user.display_name}`} isOpen={isOpen} onClose={onClose}>
      <ActionForm submitLabel="Save" onCancel={onClose} onSubmit={submit}>
        <TextField label="Full name" name="full_name" defaultValue={user.full_name ?? ''} autoFocus />
        <TextField label="E-mail address" name="email_address" type="email" defaultValue={user.email_address ?? ''} />
        <TextField label="Phone number" name="phone_number" type="tel" defaultValue={user.phone_number ?? ''} />
        {hasSchedules && (
          <>
            <DateTimeField
              label={`Start date (${browserZone})`}
              name="access_schedule.starts_at"
              {...(schedule === undefined ? {} : { defaultValue: toLocal(schedule.starts_at) })}
            />
            <DateTimeField
              label={`End date (${browserZone})`}
              name="access_schedule.ends_at"
              {...(schedule?.ends_at == null ? {} : { defaultValue: toLocal(schedule.ends_at) })}
            />
          </>
        )}
      </ActionForm>
    </Dialog>
  )
}

function UserCredentials({ acsUserId }: { acsUserId: string }) {
  const list = useList('/acs/credentials/list', { acs_user_id: acsUserId }, credentialsOf, { newestFirst: true })
  return (
    <CredentialsTable
      label="Credentials"
      list={list}
      empty={
        <EmptyState title="No credentials">
          Add one here, or create an access grant for this person, which makes what it needs.
        </EmptyState>
      }
    />
  )
}

function UserEntrances({ acsUserId }: { acsUserId: string }) {
  const list = useList('/acs/users/list_accessible_entrances', { acs_user_id: acsUserId }, entrancesOf, {
    paged: false,
  })
  return (
    <EntrancesTable
      label="Entrances"
      list={list}
      empty={
        <EmptyState title="Opens no door">
          Doors come with access groups, or stand on the user’s credentials.
        </EmptyState>
      }
    />
  )
}
