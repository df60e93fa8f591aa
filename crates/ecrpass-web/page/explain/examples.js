// What the example buttons paste. Accounts, names and tokens are made up.

const examples = (() => {
  const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
  /** A login as `aws ecr get-login-password | docker login` stores it, long expired. */
  const login = (payload) => {
    const password = btoa(JSON.stringify({ payload: btoa(payload), datakey: btoa("made up"), version: "2", type: "DATA_KEY", expiration: 1735732800 }));
    return btoa(`AWS:${password}`);
  };
  const config = (value) => `${JSON.stringify(value, null, 2)}\n`;
  return [
    {
      name: "Expired login",
      text: config({
        auths: {
          [host]: { auth: login("an example of a token") },
          "https://index.docker.io/v1/": { auth: btoa("ada:not-a-real-password") },
        },
        credsStore: "ecr-login",
      }),
    },
    {
      name: "Keys that never match",
      text: config({
        auths: { "210987654321.dkr.ecr.us-east-1.amazonaws.com": {} },
        credHelpers: {
          [`https://${host}/v2/`]: "ecr-login",
          "PUBLIC.ECR.AWS": "ecr-login",
        },
      }),
    },
    {
      name: "An extra comma",
      text: `{\n  "auths": {\n    "${host}": {},\n  },\n  "credHelpers": {\n    "${host}": "ecr-login"\n  }\n}\n`,
    },
    {
      name: "docker push",
      text: `The push refers to repository [${host}/team/web]\n5f70bf18a086: Preparing\na3b5c80a4eba: Preparing\nc3a0b5c2f0d1: Waiting\ndenied: Your authorization token has expired. Reauthenticate and try again.\n`,
    },
    {
      name: "Pod that cannot pull",
      text: `Events:\n  Type     Reason     Age                From               Message\n  ----     ------     ----               ----               -------\n  Normal   Scheduled  38s                default-scheduler  Successfully assigned shop/web-6d5f8c7b9-x2x7k to ip-10-0-3-41.eu-central-1.compute.internal\n  Normal   Pulling    22s (x2 over 37s)  kubelet            Pulling image "${host}/team/web:1.4.2"\n  Warning  Failed     22s (x2 over 37s)  kubelet            Failed to pull image "${host}/team/web:1.4.2": failed to pull and unpack image "${host}/team/web:1.4.2": failed to resolve reference "${host}/team/web:1.4.2": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials\n  Warning  Failed     22s (x2 over 37s)  kubelet            Error: ErrImagePull\n`,
    },
    {
      name: "CI job that may not push",
      text: `2025-03-11T09:14:03.1184Z ##[group]Run docker push ${host}/team/web:1.4.2\n2025-03-11T09:14:04.5150Z The push refers to repository [${host}/team/web]\n2025-03-11T09:14:06.0912Z denied: User: arn:aws:sts::123456789012:assumed-role/ci-deploy/GitHubActions is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-central-1:123456789012:repository/team/web because no identity-based policy allows the ecr:InitiateLayerUpload action\n2025-03-11T09:14:06.1021Z ##[error]Process completed with exit code 1.\n`,
    },
    {
      name: "AccessDenied",
      text: `An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: arn:aws:sts::123456789012:assumed-role/ci-deploy/GitHubActions is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action\n`,
    },
    {
      name: "A stopped task",
      text: config({
        version: "0",
        "detail-type": "ECS Task State Change",
        source: "aws.ecs",
        account: "123456789012",
        time: "2025-03-11T09:14:06Z",
        region: "eu-central-1",
        detail: {
          clusterArn: "arn:aws:ecs:eu-central-1:123456789012:cluster/shop",
          taskDefinitionArn: "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7",
          lastStatus: "STOPPED",
          stopCode: "TaskFailedToStart",
          stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${host}/team/web:1.4.2: ${host}/team/web:1.4.2: not found`,
          containers: [{ name: "web", image: `${host}/team/web:1.4.2` }],
        },
      }),
    },
    {
      name: "An alarm",
      text: config({
        AlarmName: "ecr-canary-throttled",
        AlarmDescription: "Pulls by the canary are throttled [throttled]. Next: ecrpass explain --id throttled",
        AWSAccountId: "123456789012",
        NewStateValue: "ALARM",
        NewStateReason: "Threshold Crossed: 1 datapoint [42.0] was greater than the threshold (0.0).",
        StateChangeTime: "2025-03-11T09:14:06.000+0000",
        Region: "EU (Frankfurt)",
        Trigger: { MetricName: "Failures", Namespace: "ecrpass", Dimensions: [{ name: "Cause", value: "throttled" }] },
      }),
    },
    {
      name: "A policy for pushes",
      text: config({
        Version: "2012-10-17",
        Statement: [
          { Sid: "Login", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/team/web" },
          { Sid: "Push", Effect: "Allow", Action: ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"], Resource: "arn:aws:ecr:eu-central-1:123456789012:repository/team/web" },
        ],
      }),
    },
  ];
})();
