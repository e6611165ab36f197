export const proveFlows = () => ({ text: '', json: {}, ok: true })
