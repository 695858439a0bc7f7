package io.robusttrain;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bytes from elsewhere never become objects of a class that they name. */
class DeserialisationTest {
  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes = new ClassFileImporter().importPath(Path.of("target", "classes"));
  }

  @Test
  void nothingReadsSerialisedObjects() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.esotericsoftware..", "net.razorvine..", "java.beans..", "com.twitter.chill..")
        .check(classes);
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .check(classes);
  }

  @Test
  void onlyAWorkerCopiesAnObjectOfItsOwn() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("io.robusttrain.train.ReplicaWorker")
        .should()
        .dependOnClassesThat()
        .haveSimpleName("SerializationUtils")
        .check(classes);
  }

  @Test
  void jsonNamesNoTypes() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson.databind.jsontype..")
        .check(classes);
    noClasses()
        .should()
        .callMethod(com.fasterxml.jackson.databind.ObjectMapper.class, "enableDefaultTyping")
        .check(classes);
  }
}
