import { operation } from '../operation.ts'
import { present, requireConnectWebview } from './access.ts'

export const getConnectWebview = operation<{ connect_webview_id: string }>({
  path: '/connect_webviews/get',
  async handle({ connect_webview_id }, call) {
    return { connect_webview: present(await requireConnectWebview(call, connect_webview_id), call) }
  },
})
