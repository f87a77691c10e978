import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsAccessGroup, AcsUser } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Page, PageOf } from '../../kit/page.tsx'
import { Picker } from '../../kit/picker.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { Problems } from '../../kit/problems.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { systemHref } from '../shared/links.ts'
import { entrancesOf, membersOf, searched, usersOf } from '../shared/lists.ts'
import { EntrancesTable, UsersTable } from '../shared/tables.tsx'
import { useSystem } from './crumbs.ts'

export default function AccessGroupPage() {
  const { acs_system_id = '', acs_access_group_id = '', tab } = useParams()
  const { crumbs } = useSystem(acs_system_id, 'access-groups')
  const query = useAnswer('/acs/access_groups/get', { acs_access_group_id })
  return (
    <PageOf query={query} title="Access group" crumbs={crumbs}>
      {({ acs_access_group: group }) => (
        <Page
          title={group.display_name}
          crumbs={crumbs}
          aside={
            <>
              <StatePill of={group} />
              <CopyableId id={acs_access_group_id} what="acs_access_group_id" />
            </>
          }
          actions={<GroupActions group={group} />}
        >
          <Problems of={group} />
          {group.access_schedule !== undefined && (
            <p>
              From <DateTime at={group.access_schedule.starts_at} /> until{' '}
              <DateTime at={group.access_schedule.ends_at} none="further notice" />
            </p>
          )}
          <Tabs
            label={`Parts of ${group.display_name}`}
            base={`/access-systems/${acs_system_id}/access-groups/${acs_access_group_id}`}
            selected={tab}
            tabs={[
              { id: 'users', label: 'Users', content: () => <Members group={group} /> },
              { id: 'entrances', label: 'Entrances', content: () => <Doors acsAccessGroupId={acs_access_group_id} /> },
            ]}
          />
        </Page>
      )}
    </PageOf>
  )
}

function GroupActions({ group }: { group: AcsAccessGroup }) {
  const [open, setOpen] = useState<'add' | 'delete' | null>(null)
  const close = (): void => setOpen(null)
  const remove = useCommand('/acs/access_groups/delete', ['acs_system', 'acs_user'])
  const navigate = useNavigate()
  return (
    <>
      <Button look="primary" icon={Plus} onPress={() => setOpen('add')}>
        Add user
      </Button>
      <MoreMenu
        label={`More for ${group.display_name}`}
        actions={[{ id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') }]}
      />
      <Dialog title={`Add a user to ${group.display_name}`} isOpen={open === 'add'} onClose={close}>
        <AddMember group={group} onClose={close} />
      </Dialog>
      <Confirm
        title={`Delete ${group.display_name}?`}
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete access group"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ acs_access_group_id: group.acs_access_group_id })
          toast(`${group.display_name} is being deleted`)
          await navigate(systemHref(group.acs_system_id, 'access-groups'))
        }}
      >
        Its users lose the doors that they have by this group. The users themselves stay.
      </Confirm>
    </>
  )
}

function AddMember({ group, onClose }: { group: AcsAccessGroup; onClose: () => void }) {
  const { acs_access_group_id, acs_system_id } = group
  const add = useCommand('/acs/access_groups/add_user')
  const search = useLocalSearch()
  const list = useList('/acs/users/list', { acs_system_id, ...searched(search.settled) }, usersOf)
  const [chosen, setChosen] = useState<string[]>([])
  return (
    <ActionForm
      submitLabel="Add"
      isDisabled={chosen.length === 0}
      onCancel={onClose}
      onSubmit={async () => {
        for (const acs_user_id of chosen) await add.mutateAsync({ acs_access_group_id, acs_user_id })
        toast(chosen.length === 1 ? 'User added' : `${String(chosen.length)} users added`)
        onClose()
      }}
    >
      <Picker
        label="Users"
        list={list}
        search={{ ...search, label: 'Search users' }}
        rowId={(user) => user.acs_user_id}
        rowName={(user) => user.display_name}
        rowHint={(user) => user.email_address ?? user.phone_number}
        isMultiple
        chosen={chosen}
        onChoose={setChosen}
        none="This access system has no users yet."
      />
    </ActionForm>
  )
}

function Members({ group }: { group: AcsAccessGroup }) {
  const { acs_access_group_id } = group
  const list = useList('/acs/access_groups/list_users', { acs_access_group_id }, membersOf, { paged: false })
  const remove = useCommand('/acs/access_groups/remove_user')
  const { run } = useAction()
  const takeOut = (user: AcsUser): void =>
    run(async () => {
      const { acs_user_id } = user
      await remove.mutateAsync({ acs_access_group_id, acs_user_id })
      toast(`${user.display_name} is no longer in ${group.display_name}`)
    })
  return (
    <UsersTable
      label="Users"
      list={list}
      actions={(user) => [
        { id: 'remove', label: 'Remove from this group', isDangerous: true, onAction: () => takeOut(user) },
      ]}
      empty={<EmptyState title="Nobody is in this group">Add user puts somebody in.</EmptyState>}
    />
  )
}

function Doors({ acsAccessGroupId }: { acsAccessGroupId: string }) {
  const list = useList(
    '/acs/access_groups/list_accessible_entrances',
    { acs_access_group_id: acsAccessGroupId },
    entrancesOf,
    { paged: false },
  )
  return (
    <EntrancesTable
      label="Entrances"
      list={list}
      empty={<EmptyState title="Opens no door">The doors of a group are set in the access system.</EmptyState>}
    />
  )
}
