// What the example buttons paste. Accounts, names and tokens are made up.

const examples = (() => {
  const account = "123456789012";
  const host = `${account}.dkr.ecr.eu-central-1.amazonaws.com`;
  const login = `aws ecr get-login-password --region eu-central-1 | docker login --username AWS --password-stdin ${host}/team`;

  /** A record of CloudTrail: a call of a role, so many minutes after eight. */
  const record = (number, minute, eventSource, eventName, role, more) => {
    const time = new Date(Date.UTC(2026, 10, 26, 8, minute, number % 60));
    return {
      eventVersion: "1.11",
      userIdentity: {
        type: "AssumedRole",
        arn: `arn:aws:sts::${account}:assumed-role/${role}/session`,
        accountId: account,
        sessionContext: { sessionIssuer: { type: "Role", arn: `arn:aws:iam::${account}:role/${role}`, accountId: account, userName: role } },
      },
      eventTime: time.toISOString().replace(".000", ""),
      eventSource,
      eventName,
      awsRegion: eventSource.startsWith("iam") ? "us-east-1" : "eu-central-1",
      sourceIPAddress: "10.0.3.41",
      userAgent: "Boto3/1.40",
      requestParameters: null,
      responseElements: null,
      eventID: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      eventType: "AwsApiCall",
      recipientAccountId: account,
      ...more,
    };
  };
  const trail = () => {
    const token = (number, minute, more) => record(number, minute, "ecr.amazonaws.com", "GetAuthorizationToken", "eks-node", more);
    const denied = {
      errorCode: "AccessDenied",
      errorMessage: `User: arn:aws:sts::${account}:assumed-role/eks-node/session is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action`,
    };
    const detached = record(100, 67, "iam.amazonaws.com", "DetachRolePolicy", "platform-admin", {
      requestParameters: { roleName: "eks-node", policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly" },
    });
    const minutes = (from, count, step) => Array.from({ length: count }, (_, index) => from + index * step);
    return { Records: [...minutes(0, 13, 5).map((minute, index) => token(index, minute)), detached, ...minutes(69, 40, 3).map((minute, index) => token(200 + index, minute, denied))] };
  };

  return [
    {
      name: "A workflow",
      text: `name: push\non: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          role-to-assume: arn:aws:iam::${account}:role/ci\n          aws-region: eu-central-1\n      - run: |\n          aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin ${host}/team\n          docker push ${host}/team/web:1.4.2\n`,
    },
    {
      name: "A Dockerfile",
      text: `FROM docker:27-cli AS push\nARG AWS_SECRET_ACCESS_KEY\nRUN apk add --no-cache aws-cli\nRUN ${login}\nRUN docker pull ${host}/team/base:3\n`,
    },
    {
      name: "A compose file",
      text: `services:\n  refresh:\n    image: docker:27-cli\n    restart: always\n    volumes:\n      - ~/.docker/config.json:/root/.docker/config.json\n  web:\n    image: ${account}.dkr.ecr.eu-central-1a.amazonaws.com/team/web:1.4.2\n`,
    },
    {
      name: "A policy",
      text: `${JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Sid: "Push", Effect: "Allow", Action: ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage"], Resource: `arn:aws:ecr:eu-central-1:${account}:repository/team/*` }],
      }, null, 2)}\n`,
    },
    {
      name: "A Jenkinsfile",
      text: `pipeline {\n  agent any\n  environment {\n    AWS_ACCESS_KEY_ID = credentials('aws-key')\n    AWS_SECRET_ACCESS_KEY = credentials('aws-secret')\n  }\n  stages {\n    stage('push') {\n      steps {\n        sh '${login}'\n        sh 'docker push ${host}/team/web:1.4.2'\n      }\n    }\n  }\n}\n`,
    },
    {
      name: "AccessDenied",
      text: `An error occurred (AccessDeniedException) when calling the InitiateLayerUpload operation: User: arn:aws:sts::${account}:assumed-role/ci-deploy/GitHubActions is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-central-1:${account}:repository/team/web because no identity-based policy allows the ecr:InitiateLayerUpload action\n`,
    },
    { name: "A trail", text: JSON.stringify(trail()) },
  ];
})();
