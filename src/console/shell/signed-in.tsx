import { QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { call } from '../api/client.ts'
import { Live } from '../api/live.ts'
import { makeQueryClient } from '../api/queries.ts'
import type { ConsoleUser, Workspace } from '../api/routes.ts'
import { signOut } from '../api/session.ts'
import { Button } from '../kit/button.tsx'
import { ErrorState, Notice } from '../kit/problem.tsx'
import { Spinner } from '../kit/spinner.tsx'
import { addressOfWorkspace, lastWorkspace, openWorkspace, rememberWorkspace, workspaceOfAddress } from './address.ts'
import { WorkspaceContextProvider } from './context.ts'
import { Door } from './door.tsx'
import styles from './door.module.css'
import { NewWorkspaceForm } from './new-workspace.tsx'
import { Shell } from './shell.tsx'

/** Finds the workspace of the address, or the one last worked in. */
export function SignedIn({ user }: { user: ConsoleUser }) {
  const [client] = useState(makeQueryClient)
  return (
    <QueryClientProvider client={client}>
      <ChooseWorkspace user={user} />
    </QueryClientProvider>
  )
}

function ChooseWorkspace({ user }: { user: ConsoleUser }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['/workspaces/list', {}],
    queryFn: async ({ signal }) =>
      (await call('/workspaces/list', {}, { signal, withoutWorkspace: true })).workspaces as Workspace[],
  })
  const wanted = workspaceOfAddress()
  const isFound = wanted !== null && data?.some(({ workspace_id }) => workspace_id === wanted) === true
  const fallback = data?.find(({ workspace_id }) => workspace_id === lastWorkspace()) ?? data?.[0]

  useEffect(() => {
    if (isFound) rememberWorkspace(wanted)
    else if (wanted === null && fallback !== undefined)
      window.location.replace(addressOfWorkspace(fallback.workspace_id))
  }, [isFound, wanted, fallback])

  if (data === undefined && error !== null) {
    return (
      <main className={styles.door}>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </main>
    )
  }
  if (data === undefined || (wanted === null && fallback !== undefined)) {
    return (
      <div className={styles.wait}>
        <Spinner label="Loading" />
      </div>
    )
  }
  if (wanted === null) {
    return (
      <Door title="New Workspace">
        <p>You belong to no workspace yet. Ask a colleague to add you to their team, or make one.</p>
        <NewWorkspaceForm />
      </Door>
    )
  }
  const workspace = data.find(({ workspace_id }) => workspace_id === wanted)
  if (workspace === undefined) {
    return (
      <Door title="No such workspace">
        <Notice tone="warn">
          <p>The address names a workspace that does not exist, or whose team you do not belong to.</p>
        </Notice>
        {fallback !== undefined && (
          <Button look="primary" onPress={() => openWorkspace(fallback.workspace_id)}>
            {`Go to ${fallback.name}`}
          </Button>
        )}
        <Button onPress={() => void signOut(false)}>Sign in as someone else</Button>
      </Door>
    )
  }
  return <InWorkspace user={user} workspace={workspace} workspaces={data} />
}

function InWorkspace({
  user,
  workspace,
  workspaces,
}: {
  user: ConsoleUser
  workspace: Workspace
  workspaces: Workspace[]
}) {
  const workspaceId = workspace.workspace_id
  const client = useQueryClient()
  const live = useMemo(() => new Live(workspaceId, client), [workspaceId, client])
  useEffect(() => live.start(), [live])
  const context = useMemo(() => ({ user, workspace, workspaces, live }), [user, workspace, workspaces, live])
  return (
    <WorkspaceContextProvider value={context}>
      <Shell />
    </WorkspaceContextProvider>
  )
}
