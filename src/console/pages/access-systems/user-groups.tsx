import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { invalidateKinds, useAnswer, useList } from '../../api/queries.ts'
import type { AcsAccessGroup, AcsUser } from '../../api/routes.ts'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { Picker } from '../../kit/picker.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { groupHref } from '../shared/links.ts'
import { groupsOf, searched } from '../shared/lists.ts'

const columns: Column<AcsAccessGroup>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (group) => group.display_name },
  { id: 'kind', header: 'Kind', width: 'minmax(160px, 1fr)', cell: (group) => group.external_type_display_name },
  { id: 'status', header: 'Status', width: '140px', cell: (group) => <StatePill of={group} /> },
]

/** The groups that the user is in. */
export function UserGroups({ user }: { user: AcsUser }) {
  const { acs_user_id } = user
  const list = useList('/acs/access_groups/list', { acs_user_id }, groupsOf, { paged: false })
  const client = useQueryClient()
  const { run } = useAction()
  const remove = (group: AcsAccessGroup): void =>
    run(async () => {
      const { acs_access_group_id } = group
      await call('/acs/users/remove_from_access_group', { acs_user_id, acs_access_group_id })
      await invalidateKinds(client, ['acs_user', 'acs_access_group'])
      toast(`${user.display_name} is no longer in ${group.display_name}`)
    })
  return (
    <DataTable
      label="Access Groups"
      list={list}
      columns={columns}
      rowId={(group) => group.acs_access_group_id}
      rowName={(group) => group.display_name}
      idName="acs_access_group_id"
      href={groupHref}
      actions={(group) => [
        { id: 'remove', label: 'Remove from this group', isDangerous: true, onAction: () => remove(group) },
      ]}
      empty={<EmptyState title="In no access group">Manage Access puts the user into groups.</EmptyState>}
    />
  )
}

/** Ticks on the groups of the system; saving adds and removes what changed. */
export function ManageAccessDialog({ user, isOpen, onClose }: { user: AcsUser; isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title={`Manage Access of ${user.display_name}`} isOpen={isOpen} onClose={onClose}>
      <CurrentGroups user={user} onClose={onClose} />
    </Dialog>
  )
}

function CurrentGroups({ user, onClose }: { user: AcsUser; onClose: () => void }) {
  const query = useAnswer('/acs/access_groups/list', { acs_user_id: user.acs_user_id })
  return (
    <Loaded query={query}>
      {(data) => (
        <Choice
          user={user}
          current={data.acs_access_groups.map(({ acs_access_group_id }) => acs_access_group_id)}
          onClose={onClose}
        />
      )}
    </Loaded>
  )
}

function Choice({ user, current, onClose }: { user: AcsUser; current: string[]; onClose: () => void }) {
  const client = useQueryClient()
  // As they were when the dialog opened: what changes meanwhile is neither undone nor lost.
  const [before] = useState(current)
  const [chosen, setChosen] = useState(current)
  const { acs_user_id, acs_system_id } = user
  const search = useLocalSearch()
  const params = { acs_system_id, ...searched(search.settled) }
  const list = useList('/acs/access_groups/list', params, groupsOf, { paged: false })
  const submit = async (): Promise<void> => {
    try {
      for (const acs_access_group_id of chosen.filter((id) => !before.includes(id)))
        await call('/acs/users/add_to_access_group', { acs_user_id, acs_access_group_id })
      for (const acs_access_group_id of before.filter((id) => !chosen.includes(id)))
        await call('/acs/users/remove_from_access_group', { acs_user_id, acs_access_group_id })
    } finally {
      await invalidateKinds(client, ['acs_user', 'acs_access_group', 'acs_credential'])
    }
    toast('Access saved')
    onClose()
  }
  return (
    <ActionForm submitLabel="Save" onCancel={onClose} onSubmit={submit}>
      <Picker
        label="Access Groups"
        list={list}
        search={{ ...search, label: 'Search access groups' }}
        rowId={(group) => group.acs_access_group_id}
        rowName={(group) => group.display_name}
        rowHint={(group) => group.external_type_display_name}
        isMultiple
        chosen={chosen}
        onChoose={setChosen}
        none="This access system has no access groups: doors stand on its credentials."
      />
    </ActionForm>
  )
}
