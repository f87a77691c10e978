/** What every page of a workspace may ask for. */
import { createContext, useContext } from 'react'
import type { Live } from '../api/live.ts'
import type { ConsoleUser, Workspace } from '../api/routes.ts'

export interface WorkspaceContext {
  workspace: Workspace
  workspaces: Workspace[]
  user: ConsoleUser
  live: Live
}

export const WorkspaceContextProvider = createContext<WorkspaceContext | null>(null)

function useWorkspaceContext(): WorkspaceContext {
  const context = useContext(WorkspaceContextProvider)
  if (context === null) throw new Error('only pages within a workspace can ask for it')
  return context
}

export const useWorkspace = (): Workspace => useWorkspaceContext().workspace
export const useWorkspaces = (): Workspace[] => useWorkspaceContext().workspaces
export const useUser = (): ConsoleUser => useWorkspaceContext().user
export const useLive = (): Live => useWorkspaceContext().live
