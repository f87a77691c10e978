/** Entry point of the console. A tab works in the workspace of its address, `/console/w/<workspace_id>/…`, for as long as it lives. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { onSignedOut, setWorkspace } from './api/client.ts'
import { beSignedOut, resume } from './api/session.ts'
import { App } from './shell/app.tsx'
import { workspaceOfAddress } from './shell/address.ts'
import { followTheme } from './shell/theme.ts'
import './styles/tokens.css'
import './styles/base.css'

followTheme()
setWorkspace(workspaceOfAddress())
onSignedOut(beSignedOut)
void resume()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
