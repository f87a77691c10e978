import type { Operation } from '../operation.ts'
import { createWorkspace } from './create.ts'
import { getWorkspace } from './get.ts'
import { listWorkspaces } from './list.ts'
import { resetSandboxOperation } from './reset_sandbox.ts'
import { updateWorkspace } from './update.ts'

export const workspaceOperations: Operation[] = [
  createWorkspace,
  getWorkspace,
  listWorkspaces,
  resetSandboxOperation,
  updateWorkspace,
]
