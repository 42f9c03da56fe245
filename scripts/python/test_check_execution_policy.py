"""Tests check-execution-policy.py: python3 -m unittest discover --start-directory scripts/python"""

import unittest

from scripts import load

check_execution_policy = load("check-execution-policy")
missing = check_execution_policy.missing


class CheckExecutionPolicy(unittest.TestCase):
    def test_an_action_that_the_policy_lacks_is_missing(self):
        self.assertEqual(missing("AWS::IAM::Role", ["iam:CreateRole", "iam:GetRole"], ["iam:GetRole"]), ["iam:CreateRole"])

    def test_a_pattern_allows_actions_in_any_case(self):
        self.assertEqual(missing("AWS::Lambda::Alias", ["lambda:CreateAlias"], ["lambda:create*"]), [])

    def test_an_unused_action_of_one_type_is_missing_for_another(self):
        self.assertEqual(missing("AWS::Cognito::UserPool", ["iam:PassRole"], []), [])
        self.assertEqual(missing("AWS::Lambda::Function", ["iam:PassRole"], []), ["iam:PassRole"])

    def test_the_policy_is_found_in_its_template(self):
        statement = {"Effect": "Allow", "Action": ["ssm:GetParameters", "s3:GetObject"], "Resource": "*"}
        template = {"Resources": {"Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}}}

        self.assertEqual(check_execution_policy.allowed_patterns(template), ["ssm:getparameters", "s3:getobject"])


if __name__ == "__main__":
    unittest.main()
