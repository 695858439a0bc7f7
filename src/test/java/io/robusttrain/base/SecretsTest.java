package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  private static final Duration LONGEST = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fs.s3a.secret.key",
        "fs.s3a.access.key",
        "fs.s3a.session.token",
        "spark.hadoop.fs.azure.account.key.store.dfs.core.windows.net",
        "fs.azure.account.oauth2.client.secret",
        "fs.azure.sas.fixed.token",
        "fs.gs.auth.service.account.private.key",
        "spark.authenticate.secret",
        "spark.ssl.keyPassword",
        "spark.ssl.trustStorePassword",
        "spark.kubernetes.authenticate.oauthToken",
        "dfs.webhdfs.password",
        "AWS_SECRET_ACCESS_KEY",
        "_SPARK_AUTH_SECRET",
        "HF_TOKEN",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "sig",
        "api_key",
        "fs.s3a.encryption.key",
        "spark.hadoop.fs.s3a.bucket.images.encryption.key",
        "fs.s3a.server-side-encryption.key",
        "fs.azure.encryption.encoded.client-provided-key",
      })
  void namesOfSecrets(String key) {
    assertThat(Secrets.isSecret(key)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run.seed",
        "model.class-token-layers",
        "model.token.mixer",
        "data.extra.key",
        "fs.s3a.aws.credentials.provider",
        "hadoop.security.credential.provider.path",
        "spark.kubernetes.authenticate.oauthTokenFile",
        "spark.kubernetes.driver.secretKeyRef.AWS_SECRET_ACCESS_KEY",
        "spark.executor.extraClassPath",
        "keys",
        "spark.io.encryption.keySizeBits",
        "spark.io.encryption.enabled",
        "fs.s3a.encryption.algorithm",
        "dfs.encryption.key.provider.uri",
        "fs.azure.encryption.encoded.client-provided-key-sha",
        "spark.authenticate",
      })
  void namesOfOtherThings(String key) {
    assertThat(Secrets.isSecret(key)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "fs.s3a.secret.key=abc rest,fs.s3a.secret.key=****** rest",
        "--conf spark.hadoop.fs.s3a.secret.key=abc,--conf spark.hadoop.fs.s3a.secret.key=******",
        "a.password: abc; b=1,a.password: ******; b=1",
        "`{\"password\" : \"a \\\" b\", \"x\": 1}`,`{\"password\" : \"******\", \"x\": 1}`",
        "s3a://key:secret@bucket/a,s3a://******@bucket/a",
        "at s3a://k:a+b%2F@bucket: denied,at s3a://******@bucket: denied",
        "x=1.2-s3a://key:a:b:c@bucket,x=1.2-s3a://******@bucket",
        "abfss://container@store.dfs.core.windows.net/a,abfss://container@store.dfs.core.windows.net/a",
        "hdfs://name@node:8020/a,hdfs://name@node:8020/a",
        "https://h/p?sv=1&sig=abc%3D&x=2,https://h/p?sv=1&sig=******&x=2",
        "fs.s3a.encryption.key=abc= next,fs.s3a.encryption.key=****** next",
        "spark.executorEnv.HF_TOKEN=abc,spark.executorEnv.HF_TOKEN=******",
        "a=b=c token=abc,a=b=c token=******",
        "epoch 1: loss 0.3,epoch 1: loss 0.3",
        "spark.kubernetes.driver.secretKeyRef.HF_TOKEN=hub:token,spark.kubernetes.driver.secretKeyRef.HF_TOKEN=hub:token",
      })
  void masksSecretsAndNothingElse(String text, String masked) {
    assertThat(Secrets.masked(text)).isEqualTo(masked);
    assertThat(Secrets.masked(masked)).as("once is enough").isEqualTo(masked);
  }

  /** Quadratic time would be minutes. */
  @ParameterizedTest
  @ValueSource(strings = {"a.b-c_", "x", "1.", "a://", "a://:", "s3a://a:b:", "://x:"})
  void longTextIsNoTrap(String part) {
    String text = part.repeat(200_000) + "=" + "x".repeat(1_000_000);
    assertThat(assertTimeoutPreemptively(LONGEST, () -> Secrets.masked(text))).isEqualTo(text);
  }
}
