package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;

class HadoopSettingsTest {
  @Test
  void defaultsStayAndTheRestTravels() {
    Configuration hadoop = new Configuration();
    hadoop.set("fs.s3a.secret.key", "planted");
    hadoop.addResource(
        new ByteArrayInputStream(
            "<configuration><property><name>fs.s3a.endpoint</name><value>store:9000</value></property></configuration>"
                .getBytes(StandardCharsets.UTF_8)),
        "site.xml");

    assertThat(HadoopSettings.of(hadoop).changed())
        .containsAllEntriesOf(
            Map.of("fs.s3a.secret.key", "planted", "fs.s3a.endpoint", "store:9000"))
        .doesNotContainKeys("fs.defaultFS", "io.file.buffer.size", "fs.s3a.connection.maximum");
  }

  @Test
  void arriveWithTheDefaultsOfThePlace() throws Exception {
    Configuration arrived =
        sent(new HadoopSettings(Map.of("io.file.buffer.size", "65536"))).configuration();

    assertThat(arrived.get("io.file.buffer.size")).isEqualTo("65536");
    assertThat(arrived.get("fs.defaultFS")).isEqualTo(new Configuration().get("fs.defaultFS"));
  }

  @Test
  void aConfigurationIsNobodyElses() {
    HadoopSettings settings = new HadoopSettings(Map.of());
    settings.configuration().set("io.file.buffer.size", "1");

    assertThat(settings.configuration().get("io.file.buffer.size")).isNotEqualTo("1");
  }

  @Test
  void textHidesTheValues() {
    assertThat(new HadoopSettings(Map.of("fs.s3a.secret.key", "planted")))
        .hasToString("1 Hadoop settings");
  }

  private static HadoopSettings sent(HadoopSettings settings) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(settings);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (HadoopSettings) in.readObject();
    }
  }
}
