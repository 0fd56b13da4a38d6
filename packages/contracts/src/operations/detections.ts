import { CreateDetectionBody } from '../schemas/create-detection.ts'
import { DetectionList, DetectionParams, DetectionView } from '../schemas/detection.ts'
import { json } from './content.ts'
import { body, location, operation } from './operation.ts'

const oneDetection = { 200: { description: 'The detection.', content: json(DetectionView) } }

/** What can be done with detections. */
export const detectionOperations = {
  createDetection: operation({
    id: 'createDetection',
    method: 'POST',
    path: '/v1/detections',
    tag: 'detections',
    summary: 'Detect the limits of an upstream',
    description:
      'Starts a detection. A worker calls the upstream, derives its rate limit and its concurrency limit from headers and ' +
      'from measurements, and recommends settings. This takes seconds to half an hour, and as many calls as the budgets ' +
      'allow. Meanwhile, nothing else should call the upstream with the same account.',
    permission: 'detections:write',
    gate: 'normal',
    body: body(json(CreateDetectionBody)),
    answers: {
      202: {
        description: 'The new detection. It is pending until a worker starts it.',
        content: json(DetectionView),
        headers: location('/v1/detections/0mwqw2ysoy2lyb3l2x9x'),
      },
    },
    errors: ['SLUICE_QUEUE_UNKNOWN'],
  }),

  listDetections: operation({
    id: 'listDetections',
    method: 'GET',
    path: '/v1/detections',
    tag: 'detections',
    summary: 'List detections',
    description: 'Returns the detections of the last day, newest first, at most a hundred.',
    permission: 'detections:read',
    gate: 'sheddable',
    answers: { 200: { description: 'The detections.', content: json(DetectionList) } },
    errors: [],
  }),

  readDetection: operation({
    id: 'readDetection',
    method: 'GET',
    path: '/v1/detections/:id',
    tag: 'detections',
    summary: 'Read a detection',
    description: 'Returns the progress of the detection and, once it is completed, its result. It is kept for one day.',
    permission: 'detections:read',
    gate: 'normal',
    params: DetectionParams,
    answers: oneDetection,
    errors: ['SLUICE_DETECTION_NOT_FOUND'],
  }),

  cancelDetection: operation({
    id: 'cancelDetection',
    method: 'POST',
    path: '/v1/detections/:id/cancel',
    tag: 'detections',
    summary: 'Cancel a detection',
    description:
      'Cancels the detection. Calls stop within a second; partial findings are discarded. Repeating the request has no effect.',
    permission: 'detections:write',
    gate: 'critical',
    params: DetectionParams,
    answers: oneDetection,
    errors: ['SLUICE_DETECTION_NOT_FOUND', 'SLUICE_DETECTION_STATE'],
  }),
}
